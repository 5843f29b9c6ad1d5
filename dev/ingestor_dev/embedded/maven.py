"""Maven repositories, as the user's jgo settings name them."""

from pathlib import Path

from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL, SETTINGS_FILE_XDG_NAME
from jgo.maven import MavenContext, PythonResolver

_TIMEOUT_SECONDS = 30
MIRROR_ADVICE = (
    "connect to the network for the first start, or name your mirror: "
    f"`central = URL` under `[repositories]` in {SETTINGS_FILE_XDG_NAME}"
)


def repositories(download_to: Path) -> MavenContext:
    """Maven Central, or what the user's jgo settings put in its place or beside it; needs no JVM."""
    remotes = {"central": MAVEN_CENTRAL_URL} | GlobalSettings.load().repositories
    return MavenContext(
        resolver=PythonResolver(), repo_cache=download_to, remote_repos=remotes, timeout=_TIMEOUT_SECONDS
    )
