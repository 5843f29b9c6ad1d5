"""While others' statements hold all the connections of reports, who waits is told that, and not that the database is
away."""

from contextlib import AsyncExitStack

import pytest
from integration.reports.query.asking import ask
from integration.reports.served import Reports, serving
from oracle.strategies import SESSIONS

from ingestor_api.failures import BUSY_SECONDS
from ingestor_api.reports import reader as reading
from ingestor_api.reports.query import running
from ingestor_common.store.pool import Pool

WAIT_SECONDS = 0.2
BUSY = f"too many requests that use the database run at once; try again after {BUSY_SECONDS} s"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reading, running):
        monkeypatch.setattr(module, "ACQUIRE_SECONDS", WAIT_SECONDS)


async def test_whoever_finds_all_connections_busy_is_told_so_and_when_to_come_again(
    reports: Reports, reader: Pool
) -> None:
    async with AsyncExitStack() as held:
        for _ in range(reading.CONNECTIONS):
            await held.enter_async_context(reader.acquire())
        answer = await reports.get("completion-rate", {"session_id": SESSIONS[0]})
        assert (answer.status, answer.headers["retry-after"]) == (503, str(BUSY_SECONDS))
        assert answer.body["error"] == BUSY
        status, body = await ask(reports, {"measures": ["total_answers"]})
        assert (status, body["error"]) == (503, BUSY)
    assert (await reports.get("completion-rate", {"session_id": SESSIONS[0]})).status == 200


async def test_a_database_that_is_away_is_not_busy(migrated_database: str) -> None:
    away = "postgresql://nobody@127.0.0.1:1/nowhere"
    pool = await reading.open_reader(away)
    try:
        async with serving(migrated_database, pool) as reports:
            answer = await reports.get("completion-rate", {"session_id": SESSIONS[0]})
    finally:
        pool.terminate()
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "the database is not available" in answer.body["error"]
