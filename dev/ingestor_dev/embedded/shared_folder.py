"""A folder outside anyone's home: for files that a server started by root has to reach as another account."""

import os
import stat
from pathlib import Path

from ingestor_dev.embedded.errors import EmbeddedServerError

_PARENT = Path("/var/tmp")  # noqa: S108 - its files survive a reboot, and the folder below is checked


def shared_folder() -> Path:
    """A folder that every account can enter and only this user can write to; made when it is missing.

    Raises:
        EmbeddedServerError: the folder belongs to somebody else, who could plant programs in it.
    """
    folder = _PARENT / f"analytics-ingestor-{os.geteuid()}"
    folder.mkdir(exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise EmbeddedServerError(f"{folder} is not a folder that only this user can write to; remove it")
    # Whatever umask it was made under.
    folder.chmod(0o755)
    return folder
