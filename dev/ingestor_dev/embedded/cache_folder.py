"""The folder for what is downloaded or unpacked once and used by every later start."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OVERRIDE = "INGESTOR_CACHE"
_NAME = "analytics-ingestor"


def cache_folder() -> Path:
    """`INGESTOR_CACHE`, or else `analytics-ingestor` in the user's cache folder (XDG Base Directory)."""
    override = os.environ.get(_OVERRIDE)
    if override:
        return Path(override).expanduser().absolute()
    xdg = os.environ.get("XDG_CACHE_HOME")
    base = Path(xdg) if xdg and Path(xdg).is_absolute() else Path.home() / ".cache"
    return base / _NAME


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a lock beside `folder`, waiting for other processes that fill it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
