"""Nobody loses an answer because of what somebody else in the same micro-batch sent, or because of who holds a lock."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from integration.store.failing_together import BAD, SQLSTATES, TOGETHER, refuse_rows

from ingestor_api.direct import DEADLINE_SECONDS, LOCK_SECONDS, DirectWriter
from ingestor_api.receipts import DirectReceipt, Refused, Unavailable
from ingestor_common.events import Event
from ingestor_common.store import keys
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.writer import Writer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUESTION = UUID(int=4)
STORED = DirectReceipt(stored=True, duplicate=False)


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(migrated_database, max_size=2, application_name="test", command_timeout=DEADLINE_SECONDS)
    yield pool
    pool.terminate()


@pytest.fixture
async def direct(pool: Pool) -> DirectWriter:
    return DirectWriter(Writer(pool, LOCK_SECONDS))


def answer(text: str = "A", session: UUID | None = None, question: UUID = QUESTION, at: datetime = NOW) -> Event:
    return Event(
        event_id=str(uuid4()),
        event_type="ANSWER_SUBMITTED",
        timestamp=at,
        session_id=session or uuid4(),
        quiz_id=UUID(int=2),
        classroom_id=UUID(int=3),
        question_id=question,
        student_id=UUID(int=5),
        answer=text,
    )


async def write(direct: DirectWriter, events: list[Event]) -> list[object]:
    return await asyncio.gather(*(direct.write(event) for event in events), return_exceptions=True)


@pytest.mark.parametrize("sqlstate", SQLSTATES)
@pytest.mark.parametrize("session", [None, UUID(int=8)], ids=["many sessions", "one session"])
async def test_rows_that_only_fail_together_are_all_stored_and_a_bad_one_is_refused(
    pool: Pool, direct: DirectWriter, sqlstate: str, session: UUID | None
) -> None:
    await refuse_rows(pool, sqlstate)
    texts = ["A", TOGETHER, BAD, TOGETHER, "\ud800", "B", TOGETHER]
    outcomes = await write(direct, [answer(text, session) for text in texts])
    for text, outcome in zip(texts, outcomes, strict=True):
        if text in (BAD, "\ud800"):
            assert isinstance(outcome, Refused)
        else:
            assert outcome == STORED
    assert await pool.fetchval("SELECT count(*) FROM events") == 5


@pytest.fixture
async def stranger(migrated_database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of somebody else, who is in the middle of a transaction."""
    connection = await asyncpg.connect(migrated_database)
    await connection.execute("BEGIN")
    yield connection
    connection.terminate()


async def test_sessions_that_somebody_holds_cost_the_others_nothing(
    direct: DirectWriter, pool: Pool, stranger: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    locked = [uuid4() for _ in range(2)]
    await write(direct, [answer(session=session) for session in locked])
    await stranger.execute("SELECT FROM sessions FOR UPDATE")
    await _require_only_these_wait(direct, [answer(session=session) for session in locked for _ in range(100)])
    await stranger.execute("ROLLBACK")
    assert await write(direct, [answer(session=session) for session in locked]) == [STORED, STORED]


async def test_a_session_that_somebody_is_opening_costs_the_others_nothing(
    direct: DirectWriter, stranger: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    session = uuid4()
    await stranger.execute(
        "INSERT INTO sessions (session_id, quiz_id, classroom_id, named_at, named_by, first_event_at, last_event_at)"
        " VALUES ($1, $1, $1, now(), 'x', now(), now())",
        session,
    )
    await _require_only_these_wait(direct, [answer(session=session)])


async def test_a_key_that_somebody_is_changing_costs_the_others_nothing(
    direct: DirectWriter, stranger: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    question = UUID(int=QUESTION.int + 1)
    await keys.lock(stranger, shared=(), alone=(question,))
    await _require_only_these_wait(direct, [answer(question=question)])


async def test_a_month_that_cannot_be_made_now_costs_the_others_nothing(
    direct: DirectWriter, stranger: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await write(direct, [answer()])
    await stranger.execute("LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE")
    await _require_only_these_wait(direct, [answer(at=NOW - timedelta(days=400))])


async def test_a_session_that_is_let_go_in_time_is_stored(
    direct: DirectWriter, stranger: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    session = uuid4()
    await write(direct, [answer(session=session)])
    await stranger.execute("SELECT FROM sessions FOR UPDATE")
    waiting = asyncio.ensure_future(write(direct, [answer(session=session), answer(session=session)]))
    await asyncio.sleep(1)
    assert not waiting.done()
    await stranger.execute("ROLLBACK")
    assert await waiting == [STORED, STORED]


async def _require_only_these_wait(direct: DirectWriter, held: list[Event]) -> None:
    """Write `held`, which somebody else keeps from being stored, among others, and more others meanwhile."""
    began = time.monotonic()
    waiting = asyncio.ensure_future(write(direct, held))
    others = [asyncio.ensure_future(write(direct, [answer() for _ in range(200)]))]
    while not waiting.done():
        others.append(asyncio.ensure_future(write(direct, [answer()])))
        await asyncio.sleep(0.1)
    assert time.monotonic() - began < DEADLINE_SECONDS + 1
    assert all(isinstance(outcome, Unavailable) for outcome in await waiting)
    for outcomes in await asyncio.gather(*others):
        assert set(outcomes) == {STORED}
