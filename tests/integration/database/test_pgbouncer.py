"""Everything works through PgBouncer, whichever way it pools."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from integration.admin.commands import admin
from integration.database.conftest import Services, ServicesFactory
from integration.database.pgbouncer import running_pgbouncer
from integration.database.standby import execute

from ingestor_common.store.connecting import Connector


@pytest.fixture(params=["session", "transaction"])
def pooled(request: pytest.FixtureRequest, database: str) -> Iterator[str]:
    """The address of an empty database through a PgBouncer."""
    with running_pgbouncer(database, str(request.param), **_SIZE.get(str(request.param), {})) as address:
        yield address


# A session keeps its server connection, so there have to be as many as the services hold.
_SIZE = {"session": {"default_pool_size": "40"}}


@pytest.mark.long
async def test_events_accounts_reports_lookups_and_commands_work(
    pooled: str, database: str, start_services: ServicesFactory
) -> None:
    environment = {"DATABASE_URL": pooled}
    migrated = await asyncio.gather(*(asyncio.to_thread(admin, environment, "migrate") for _ in range(3)))
    assert [run.returncode for run in migrated] == [0, 0, 0], migrated
    services = await asyncio.to_thread(start_services, pooled)
    async with services.under_load():
        await services.require_recovery(database)
        await asyncio.gather(*(_use_everything(services) for _ in range(3)))
    await services.require_all_stored_once(database)
    for command in (["rebuild-projections", "--dry-run"], ["retention", "--keep-months", "12"]):
        ran = await asyncio.to_thread(admin, environment, *command)
        assert ran.returncode == 0, ran


async def _use_everything(services: Services) -> None:
    account = {"name": "Ada", "email": f"{uuid4().hex}@school.example", "password": "correct horse 7", "role": "reader"}
    quiz = f"/api/catalog/quizzes/{uuid4()}"
    assert await _status(services, "POST", "/api/auth/signup", json=account) == 201
    for _ in range(6):
        sent = await services.sender.send()
        assert sent.status == 201, sent
        event, session = sent.event["event_id"], sent.event["session_id"]
        receipt = sent.body["receipt"] if sent.mode == "kafka" else {}
        place = {name: receipt[name] for name in ("partition", "offset") if name in receipt}
        asked = {"session_id": session, **place}
        assert await _status(services, "GET", f"/api/events/{event}", params=asked) == 200
        assert await _status(services, "GET", "/api/reports/completion-rate", params={"session_id": session}) == 200
        assert await _status(services, "PUT", quiz, json={"title": "Fractions"}) == 200
        assert await _status(services, "GET", quiz) == 200
        await services.require_reports()
    login = {name: account[name] for name in ("email", "password")}
    assert await _status(services, "POST", "/api/auth/login", json=login) == 200


async def _status(services: Services, method: str, path: str, **options: Any) -> int:
    async with services.sender.http.request(method, f"{services.api.url}{path}", **options) as response:
        assert response.status < 500, (method, path, await response.text())
        return response.status


async def test_temporary_tables_of_another_release_do_no_harm(database: str, start_services: ServicesFactory) -> None:
    with running_pgbouncer(database, "transaction", default_pool_size="1") as pooled:
        assert admin({"DATABASE_URL": pooled}, "migrate").returncode == 0
        # What a client leaves behind stays with the server connection, which the next client gets.
        await execute(pooled, "CREATE TEMP TABLE incoming (old integer); CREATE TEMP TABLE stored (old integer)")
        services = await asyncio.to_thread(start_services, pooled)
        async with services.under_load():
            await services.require_recovery(database)
        await services.require_all_stored_once(database)


@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_a_pooler_that_hides_itself_is_recognised(database: str, mode: str) -> None:
    hidden = "statement_timeout,default_transaction_read_only,plan_cache_mode,random_page_cost,enable_seqscan,jit"
    with running_pgbouncer(database, mode, ignore_startup_parameters=hidden) as pooled:
        for address, expected in ((pooled, True), (database, False)):
            connector = Connector(address, "test", {"jit": "off"}, 10)
            connection = await connector.connect()
            try:
                assert connector.is_pooled is expected
            finally:
                await connection.close()
