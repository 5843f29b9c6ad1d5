"""Whatever is stored, dropped, interrupted, rebuilt, regraded and sent again, in any order: the store tells what a
simple model tells."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.store.interruption import Interrupted, Interruption, connect_interruptible
from integration.store.old_months import (
    QUESTION,
    QUIZ,
    answer,
    drop_before,
    figures,
    figures_of,
    rebuild_all,
    require_clean,
    run_retention,
    stored,
)
from integration.store.projection_rows import clear, rows
from integration.store.refolding import refolded

from ingestor_common.events import Event
from ingestor_common.store import partitions, retention
from ingestor_common.store.catalog import put_question
from ingestor_common.store.errors import CONNECTION_LOST
from ingestor_common.store.partitions import Month
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import Writer

MONTHS = [Month(2012, 7), Month(2014, 12), Month(2026, 1), Month(2026, 2), Month(2026, 3)]


def _event(number: int) -> Event:
    """One of forty: two sessions begin in each month, and go on in the next one."""
    session, turn = divmod(number, 4)
    month = MONTHS[session // 2]
    start = month.end if turn == 3 else month.start
    return answer(session, turn, start + timedelta(minutes=turn))


EVENTS = [_event(number) for number in range(8 * len(MONTHS))]


@dataclass(frozen=True)
class Send:
    events: list[Event]


@dataclass(frozen=True)
class Drop:
    first: Month
    at: int | None
    how: Interruption


@dataclass(frozen=True)
class SetKey:
    key: str


class Rebuild:
    def __repr__(self) -> str:
        return "Rebuild"


sends = st.lists(st.sampled_from(EVENTS), min_size=1, max_size=8).map(Send)
drops = st.builds(
    Drop, st.sampled_from([*MONTHS, Month(2013, 1)]), st.none() | st.integers(1, 30), st.sampled_from(Interruption)
)
operations = st.lists(
    st.one_of(sends, sends, drops, st.sampled_from("AB").map(SetKey), st.builds(Rebuild)), min_size=4, max_size=14
)


@dataclass
class Model:
    """What was accepted, and what retention may have dropped of it."""

    accepted: list[Event] = field(default_factory=list)
    mark: datetime | None = None

    def kept(self) -> set[tuple[str, str, datetime]]:
        return {event.identity for event in self.accepted if not retention.is_expired(event.timestamp, self.mark)}


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(migrated_database, max_size=2, application_name="test", command_timeout=30)
    yield pool
    await pool.close()


@pytest.mark.long
@given(operations=operations)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_the_store_tells_what_the_model_tells(
    migrated_database: str, pool: Pool, operations: list[Send | Drop | SetKey | Rebuild]
) -> None:
    await _reset(migrated_database, pool)
    model = Model()
    for operation in operations:
        await _do(migrated_database, pool, model, operation)
        await _require_told(pool, model)
    await run_retention(migrated_database, MONTHS[0])
    async with pool.acquire() as connection:
        await require_clean(connection, MONTHS[0])
        assert await stored(connection) == model.kept()
    held = await rows(migrated_database)
    # Everything that is whole is what its events give; the rest stays as it is.
    assert await refolded(migrated_database) == held


async def _reset(dsn: str, pool: Pool) -> None:
    await clear(dsn)
    await pool.execute("DELETE FROM retention")
    async with pool.acquire() as connection:
        for month in await partitions.states(connection):
            await connection.execute(f"DROP TABLE {month.partition}")


async def _do(dsn: str, pool: Pool, model: Model, operation: Send | Drop | SetKey | Rebuild) -> None:
    if isinstance(operation, Send):
        await _send(pool, model, operation.events)
    elif isinstance(operation, Drop):
        await _drop(dsn, pool, model, operation)
    else:
        async with pool.acquire() as connection:
            if isinstance(operation, SetKey):
                await put_question(connection, QUESTION, QUIZ, None, operation.key)
            else:
                assert all(not checked.differences for checked in await rebuild_all(connection))


async def _send(pool: Pool, model: Model, events: list[Event]) -> None:
    old = [event for event in events if retention.is_expired(event.timestamp, model.mark)]
    if old:
        with pytest.raises(Expired):
            await Writer(pool).write(events)
        return
    known = {event.identity for event in model.accepted}
    new = {event.identity for event in events} - known
    assert await Writer(pool).write(events) == new
    model.accepted += events


async def _drop(dsn: str, pool: Pool, model: Model, drop: Drop) -> None:
    connection = await connect_interruptible(dsn, drop.at or 0, drop.how)
    try:
        await drop_before(connection, drop.first)
        ended = True
    except (Interrupted, *CONNECTION_LOST):
        ended = False
    finally:
        connection.terminate()
    # How far the mark is raised depends on what there was to drop; it never goes beyond the cut, and never back.
    before = model.mark
    async with pool.acquire() as other:
        model.mark = await retention.current_mark(other)
        assert before is None or (model.mark is not None and model.mark >= before)
        assert model.mark is None or model.mark <= max(drop.first.start, before or drop.first.start)
        if ended:
            await require_clean(other, drop.first)


async def _require_told(pool: Pool, model: Model) -> None:
    async with pool.acquire() as connection:
        assert await figures(connection) == figures_of(model.accepted)
        there = await stored(connection)
        assert {identity for identity in there if not retention.is_expired(identity[2], model.mark)} == model.kept()
        assert there <= {event.identity for event in model.accepted}
