"""Another server takes over under the same address while events come: writing works again within 10 s."""

import asyncio
from collections.abc import Callable, Iterator

import asyncpg
import pytest
from integration.database.conftest import ServicesFactory
from integration.database.standby import Pair, execute, running_pair
from integration.stack import make_database
from integration.switching_proxy import SwitchingProxy, switching_proxy

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.postgres import EmbeddedPostgres


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A primary and its standby, for one test."""
    with running_pair() as pair:
        asyncio.run(migrate(pair.primary.dsn()))
        yield pair


@pytest.fixture
def proxy(pair: Pair) -> Iterator[SwitchingProxy]:
    """The database's one address; it leads to the primary."""
    with switching_proxy(pair.primary.config.port) as proxy:
        yield proxy


def _stop(pair: Pair) -> None:
    pair.primary.stop()


def _crash(pair: Pair) -> None:
    pair.primary.kill()


@pytest.mark.long
@pytest.mark.parametrize(
    "end",
    [_stop, _crash, Pair.suspend_primary, Pair.close_primary_to_writers],
    ids=["stopped", "killed", "suspended", "only reading"],
)
async def test_a_standby_that_takes_over_is_written_to_within_10_s_and_nothing_is_lost(
    pair: Pair, proxy: SwitchingProxy, start_services: ServicesFactory, end: Callable[[Pair], None]
) -> None:
    services = await asyncio.to_thread(start_services, pair.at(proxy.port))
    async with services.under_load():
        await services.require_recovery(pair.primary.dsn())
        await services.require_reports()
        await asyncio.to_thread(end, pair)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(pair.promote)
        proxy.lead_to(pair.standby.config.port)
        seconds = await services.require_recovery(pair.standby.dsn())
        await services.require_reports()
        await asyncio.to_thread(services.api.wait_path, "direct", "up", 5.0)
        await asyncio.to_thread(services.consumer.wait_ready, 10.0)
    await services.require_all_stored_once(pair.standby.dsn())
    print(f"recovered in {seconds:.1f} s")


@pytest.mark.long
@pytest.mark.parametrize("attributes", ["read-write", "primary"])
@pytest.mark.parametrize("end", [_stop, Pair.suspend_primary], ids=["stopped", "suspended"])
async def test_a_list_of_hosts_is_followed_to_the_one_that_takes_writes(
    pair: Pair, start_services: ServicesFactory, end: Callable[[Pair], None], attributes: str
) -> None:
    services = await asyncio.to_thread(start_services, pair.as_list(attributes))
    async with services.under_load():
        await services.require_recovery(pair.primary.dsn())
        await asyncio.to_thread(end, pair)
        await asyncio.to_thread(pair.promote)
        await services.require_recovery(pair.standby.dsn())
    await services.require_all_stored_once(pair.standby.dsn())


@pytest.fixture
def toggled(postgres: EmbeddedPostgres) -> str:
    """A database of its own, whose settings the test changes."""
    return make_database(postgres, "toggled")


async def test_connections_made_while_the_database_only_read_are_made_anew_once_it_is_written_to(
    toggled: str, start_services: ServicesFactory
) -> None:
    services = await asyncio.to_thread(start_services, toggled)
    name = toggled.rpartition("/")[2]
    async with services.under_load():
        await services.require_recovery(toggled)
        for _ in range(2):
            await execute(toggled, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            await _disconnect_all(toggled)
            await asyncio.to_thread(services.api.wait_path, "direct", "down: the database only reads", 5.0)
            await asyncio.sleep(2.0)
            await execute(toggled, f"BEGIN READ WRITE; ALTER DATABASE {name} RESET ALL; COMMIT")
            await services.require_recovery(toggled)
    await services.require_all_stored_once(toggled)


async def _disconnect_all(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
