"""Which command uses a server's data in `.dev`: one at a time, whatever port it serves on.

By flock(2): the lock of a process ends with it, however it ends, so none is ever left behind.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from ingestor_dev.embedded.errors import EmbeddedServerError

UP: Final = "make up"
_IN_BACKGROUND: Final = ("make kafka", "make database")


@dataclass(frozen=True, slots=True)
class User:
    """A command that uses a server's data, and its process."""

    command: str
    pid: int

    def __str__(self) -> str:
        return f"{self.command} (process {self.pid})" if self.pid else self.command

    @property
    def advice(self) -> str:
        """How to end it."""
        if self.command == UP:
            return "Ctrl-C where it runs"
        return "make stop" if self.command in _IN_BACKGROUND else "wait until it has ended"


_UNKNOWN: Final = User("another command", 0)


@contextmanager
def held(home: Path, servers: Iterable[str], command: str) -> Iterator[None]:
    """Keep the data of these servers for `command` alone.

    Raises EmbeddedServerError that names the command that uses one of them, and how to end it.
    """
    with ExitStack() as locks:
        for server in servers:
            file = locks.enter_context(_locked(home, server))
            file.seek(0)
            file.truncate()
            file.write(json.dumps(asdict(User(command, os.getpid()))))
            file.flush()
        yield


def user_of(home: Path, server: str) -> User | None:
    """The command that uses the data of this server, if one does."""
    try:
        with _path(home, server).open("r+") as file:
            return None if _lock(file) else _user(file)
    except FileNotFoundError:
        return None


def _locked(home: Path, server: str) -> IO[str]:
    path = _path(home, server)
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = path.open("a+")
        if not _lock(file):
            user = _user(file)
            file.close()
            raise EmbeddedServerError(f"{user} uses the {server} data in {home}; stop it first: {user.advice}")
        if _is_at(path, file):
            return file
        # `make clean` has removed the file meanwhile: a lock on it would keep nobody out.
        file.close()


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _user(file: IO[str]) -> User:
    file.seek(0)
    try:
        return User(**json.loads(file.read()))
    except ValueError:
        # Locked, and not yet written.
        return _UNKNOWN


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _path(home: Path, server: str) -> Path:
    return home / "run" / f"{server}.lock"
