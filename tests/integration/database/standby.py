"""A primary and a standby that is synchronous: what is committed on one is on the other."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
from integration.stack import running_postgres

from ingestor_dev.embedded.account import unprivileged_account
from ingestor_dev.embedded.child import run
from ingestor_dev.embedded.ports import free_port
from ingestor_dev.embedded.postgres import EmbeddedPostgres, PostgresConfig
from ingestor_dev.embedded.postgres_cluster import remove_cluster
from ingestor_dev.embedded.postgres_install import postgres_programs
from ingestor_dev.embedded.postgres_settings import TEST_SPEED

# Both take the same: the one that was promoted must not wait for a standby that is gone.
_PRIMARY = {**TEST_SPEED, "synchronous_standby_names": "*"}


@dataclass(frozen=True)
class Pair:
    """Two servers with the same users and data; `standby` only reads until it is promoted."""

    primary: EmbeddedPostgres
    standby: EmbeddedPostgres

    def at(self, port: int) -> str:
        """The address of the database behind another port."""
        return self.primary.dsn().replace(f":{self.primary.config.port}/", f":{port}/")

    def as_list(self, attributes: str) -> str:
        """The address with both hosts, of which the one with these `target_session_attrs` is to be chosen."""
        hosts = f":{self.primary.config.port},127.0.0.1:{self.standby.config.port}/"
        address = self.primary.dsn().replace(f":{self.primary.config.port}/", hosts)
        return f"{address}?target_session_attrs={attributes}"

    def suspend_primary(self) -> None:
        """Leave the primary's processes and connections there, doing nothing."""
        process = psutil.Process(self.primary.pid)
        for member in (process, *process.children(recursive=True)):
            member.suspend()

    def close_primary_to_writers(self) -> None:
        """Have the primary only read from now on, with its connections as they are."""
        asyncio.run(execute(self.primary.dsn(), "ALTER SYSTEM SET default_transaction_read_only = on"))
        asyncio.run(execute(self.primary.dsn(), "SELECT pg_reload_conf()"))

    def promote(self) -> None:
        """Make the standby a primary; it takes writes on return."""
        asyncio.run(execute(self.standby.dsn(), "SELECT pg_promote(true, 20)"))


async def execute(url: str, statement: str) -> None:
    """Run a statement over a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def running_pair() -> Iterator[Pair]:
    """A primary with its synchronous standby, both ready; nothing is left of them at the end."""
    with running_postgres(_PRIMARY) as primary, _running_standby(primary) as standby:
        yield Pair(primary, standby)


@contextmanager
def _running_standby(primary: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    account = unprivileged_account()
    folder = Path(tempfile.mkdtemp(prefix="ingestor-tests-"))
    folder.chmod(0o755)
    home = folder / "postgres"
    home.mkdir()
    if account is not None:
        os.chown(home, account.uid, account.gid)
    program = postgres_programs(account) / "pg_basebackup"
    command: list[str | Path] = [
        program,
        "-D",
        home / "cluster",
        "-d",
        primary.dsn(),
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
    ]
    run("pg_basebackup", command, home / "postgres.log", account=account)
    shutil.copy2(primary.config.home / "password", home / "password")
    standby = EmbeddedPostgres(PostgresConfig(home, free_port(), TEST_SPEED))
    try:
        standby.start()
        standby.wait_ready()
        yield standby
    finally:
        standby.kill()
        remove_cluster(home)
        folder.rmdir()
