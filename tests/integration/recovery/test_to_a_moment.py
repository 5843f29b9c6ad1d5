"""A server is brought back to a moment by the commands of docs/operations/disaster.md, from archived WAL."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from integration.consumer.lessons import events
from integration.consumer.world import identities
from integration.recovery.site import PAGE, Site
from integration.stack import PostgresFactory

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.account import unprivileged_account
from ingestor_dev.embedded.child import run
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.ports import free_port
from ingestor_dev.embedded.postgres_install import postgres_programs
from ingestor_dev.embedded.postgres_settings import TEST_SPEED


@dataclass(frozen=True)
class Archive:
    """The user postgres' folder on a server: its archive, and what it restores."""

    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        """The page's lines of postgresql.conf."""
        lines = PAGE.script("archive", archive=f"{self.folder}/archive/").splitlines()
        return {name: value.strip("'") for name, value in (line.split(" = ", 1) for line in lines)}

    def run(self, script: str, environment: dict[str, str]) -> None:
        """Run commands as the user that servers run under here."""
        account = unprivileged_account()
        path = f"{postgres_programs(account)}:/usr/bin:/bin"
        exports = "".join(f"export {name}='{value}'\n" for name, value in (environment | {"PATH": path}).items())
        log = self.folder / "commands.log"
        run("the page's commands", ["/bin/bash", "-euc", f"cd {self.folder}\n{exports}{script}"], log, account=account)


@pytest.fixture
def archive() -> Iterator[Archive]:
    account = unprivileged_account()
    with tempfile.TemporaryDirectory(prefix="ingestor-tests-") as name:
        folder = Path(name)
        (folder / "archive").mkdir()
        for path in (folder, folder / "archive"):
            path.chmod(0o755)
            if account is not None:
                os.chown(path, account.uid, account.gid)
        yield Archive(folder)


@pytest.fixture
async def archived(
    archive: Archive,
    kafka: EmbeddedKafka,
    topic: str,
    private_postgres: PostgresFactory,
    tmp_path: Path,
) -> AsyncIterator[Site]:
    with ExitStack() as processes:
        server = private_postgres({**TEST_SPEED, **archive.settings})
        site = Site.of(kafka.bootstrap, topic, server, tmp_path, processes)
        # This server gets these by its command line; the page's has them in its own file.
        settings = {
            "max_connections": "200",
            "unix_socket_directories": archive.folder,
            "listen_addresses": "127.0.0.1",
        }
        for name, value in settings.items():
            await site.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await migrate(site.world.database)
        yield site


@pytest.mark.long
async def test_deleted_rows_are_back_and_what_was_stored_since_is_read_again(archived: Site, archive: Archive) -> None:
    site, sent = archived, events(900)
    world = site.world
    environment = {name: value for name, value in site.environment(world).items() if name.startswith("PG")}
    with world.ready_consumer():
        world.send(sent[:300])
        await world.balanced()
        archive.run(PAGE.script("base-backup"), environment)
        world.send(sent[300:600])
        await world.balanced()
        [moment] = await world.query("SELECT now()::text")
        # By mistake, and noticed later.
        await world.query("DELETE FROM events")
        world.send(sent[600:])
        await world.balanced()
        assert len(await world.stored()) == 300
    await _archive_all(site)
    site.server.stop()
    port = free_port()
    recover = PAGE.script("recover", archive=f"{archive.folder}/archive/", moment=moment)
    with ExitStack() as server:
        archive.run(recover, environment | {"PGPORT": str(port)})
        server.callback(archive.run, "pg_ctl --pgdata=restored --mode=immediate stop", environment)
        recovered = replace(world, database=world.database.replace(f":{site.server.config.port}/", f":{port}/"))
        assert await recovered.stored() == identities(sent[:600])

        recovered.ready_consumer()

        proof = site.run("prove", world=recovered)
        assert "the books balance" in proof
        assert "900 records read: 0 events were missing, 900 were stored already" in proof
        assert await recovered.stored() == identities(sent)
        recovered.processes.close()


async def _archive_all(site: Site) -> None:
    """Return once everything written so far is archived, as it is a minute later by `archive_timeout`."""
    connection = await asyncpg.connect(site.server.dsn())
    try:
        written = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
        while (await connection.fetchval("SELECT last_archived_wal FROM pg_stat_archiver") or "") < written:
            pass
    finally:
        await connection.close()
