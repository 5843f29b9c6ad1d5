"""A real PgBouncer in front of a database."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from prerequisites import missing

from ingestor_dev.embedded.account import unprivileged_account
from ingestor_dev.embedded.child import Child
from ingestor_dev.embedded.ports import free_port

_PROGRAMS = ("/usr/sbin/pgbouncer", "/usr/bin/pgbouncer")
_READY_SECONDS = 10.0


@contextmanager
def running_pgbouncer(database: str, pool_mode: str, **settings: str) -> Iterator[str]:
    """The address of `database` through a PgBouncer of this mode; skips the test where there is none."""
    parts = urlsplit(database)
    account = unprivileged_account()
    folder = Path(tempfile.mkdtemp(prefix="ingestor-tests-"))
    folder.chmod(0o755)
    port = free_port()
    target = f"host={parts.hostname} port={parts.port} user={parts.username} password={parts.password}"
    options = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": str(folder / "users.txt"),
        "pool_mode": pool_mode,
        # Few, so that transactions of one client come to server connections of others.
        "default_pool_size": "6",
    }
    lines = [f"{name} = {value}" for name, value in (options | settings).items()]
    (folder / "pgbouncer.ini").write_text("\n".join(["[databases]", f"* = {target}", "[pgbouncer]", *lines, ""]))
    (folder / "users.txt").write_text(f'"{parts.username}" "{parts.password}"\n')
    if account is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.uid, account.gid)
    child = Child(
        "PgBouncer",
        [_program(), folder / "pgbouncer.ini"],
        folder / "log",
        death_signal=signal.SIGKILL,
        account=account,
    )
    try:
        child.wait_until(lambda: _listens(port), _READY_SECONDS)
        yield database.replace(f":{parts.port}/", f":{port}/")
    finally:
        child.kill()
        shutil.rmtree(folder)


def _program() -> str:
    found = shutil.which("pgbouncer") or next((path for path in _PROGRAMS if Path(path).exists()), None)
    if found is None:
        missing("no pgbouncer; on Debian and Ubuntu: apt-get install pgbouncer", "INGESTOR_REQUIRE_PGBOUNCER")
    return found


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
