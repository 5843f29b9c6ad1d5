"""The folder that holds a Postgres cluster: put where the server's account can reach it, filled by initdb."""

import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from ingestor_dev.embedded.account import Account, can_enter
from ingestor_dev.embedded.child import run
from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.shared_folder import shared_folder

USER = "ingestor"
DATABASE = "ingestor"
_LINK = "outside"
# A socket's path has 107 bytes at most (unix(7)); its name takes 15 of them: "/.s.PGSQL.65535".
_SOCKET_FOLDER_BYTES = 92


@dataclass(frozen=True)
class Cluster:
    """A cluster's folder (`PGDATA`), and the file beside it that has the password of the user `ingestor`."""

    data: Path
    password_file: Path

    @property
    def password(self) -> str:
        """The password of the user `ingestor`."""
        return self.password_file.read_text()

    @property
    def socket_folder(self) -> Path | None:
        """Where the server's unix socket is; None, and no socket, where the path would be too long for one."""
        return self.data if len(os.fsencode(self.data)) <= _SOCKET_FOLDER_BYTES else None

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def is_ready(self, pid: int) -> bool:
        """Whether the server with this process id takes connections, as it says in `postmaster.pid`."""
        lines = self._pid_lines()
        # The last line of eight is the state: see LOCK_FILE_LINE_PM_STATUS in Postgres's miscadmin.h.
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def clear_stale_pid(self) -> None:
        """Removes the pid file that a killed server left.

        Postgres would refuse to start when another process has that id by now, as happens in containers.

        Raises:
            EmbeddedServerError: a server does run on this data.
        """
        lines = self._pid_lines()
        if not lines:
            return
        if _runs_in(int(lines[0]), self.data):
            raise EmbeddedServerError(
                f"a Postgres server (process {lines[0]}) already uses {self.data}; stop it first: kill -INT {lines[0]}"
            )
        self._pid_file.unlink()

    def _pid_lines(self) -> list[str]:
        try:
            return self._pid_file.read_text().splitlines()
        except FileNotFoundError:
            return []


def _cluster_in(parent: Path) -> Cluster:
    return Cluster(parent / "cluster", parent / "password")


def prepare_cluster(
    home: Path, programs: Path, account: Account | None, log: Path, password: str | None = None
) -> Cluster:
    """The cluster of `home`; on the first call made by initdb, with the user and the database `ingestor`.

    Text is UTF-8, sorted by code point whatever the machine's locale; pages carry checksums; clients log in
    with a password (SCRAM).

    Raises:
        EmbeddedServerError: initdb failed; with the end of its log.
    """
    parent = _reachable(home, account)
    cluster = _cluster_in(parent)
    if not cluster.data.is_dir():
        unfinished = parent / "cluster.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        cluster.password_file.touch(mode=0o600)
        cluster.password_file.write_text(password or secrets.token_urlsafe(24))
        _give((unfinished, cluster.password_file), account)
        _initialise(unfinished, cluster.password_file, programs, account, log)
        unfinished.rename(cluster.data)
    return cluster


def remove_cluster(home: Path) -> None:
    """Deletes `home` and the cluster, wherever that is.

    Raises:
        EmbeddedServerError: a server runs on it.
    """
    outside = home / _LINK
    for parent in (home, outside.resolve()):
        _cluster_in(parent).clear_stale_pid()
    if outside.is_symlink():
        shutil.rmtree(outside.resolve(), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def _reachable(home: Path, account: Account | None) -> Path:
    """`home`; where the account cannot enter that (a checkout under /root), a folder that `home` links to."""
    if account is None:
        return home
    home.chmod(0o755)
    if can_enter(home, account):
        return home
    link = home / _LINK
    if not link.exists():
        link.unlink(missing_ok=True)
        outside = tempfile.mkdtemp(dir=shared_folder(), prefix="postgres-data-")
        Path(outside).chmod(0o755)
        link.symlink_to(outside)
    return link.resolve()


def _give(paths: tuple[Path, ...], account: Account | None) -> None:
    if account is not None:
        for path in paths:
            os.chown(path, account.uid, account.gid)


def _initialise(data: Path, password_file: Path, programs: Path, account: Account | None, log: Path) -> None:
    initdb: list[str | Path] = [programs / "initdb", "--pgdata", data, "--username", USER]
    initdb += ["--pwfile", password_file, "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    run("initdb", initdb, log, account=account)
    single_user: list[str | Path] = [programs / "postgres", "--single", "-D", data, "postgres"]
    run("Creating the database", single_user, log, account=account, stdin=f"CREATE DATABASE {DATABASE};\n")


def _runs_in(pid: int, data: Path) -> bool:
    try:
        return Path(psutil.Process(pid).cwd()) == data.resolve()
    except psutil.Error:
        return False
