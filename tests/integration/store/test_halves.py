"""With the real database: whatever is refused, alone or only together, every good row is stored, and it alone left."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.stack import make_database
from integration.store.failing_together import BAD, SQLSTATES, TOGETHER, refuse_rows
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, START, STUDENTS
from integration.store.projection_rows import clear, rows
from integration.store.refolding import refolded

from ingestor_common.events import Event
from ingestor_common.store.halves import store_by_halves
from ingestor_common.store.pool import open_pool
from ingestor_common.store.writer import Writer
from ingestor_dev.embedded.postgres import EmbeddedPostgres

NOT_ENCODED = "\ud800"
"""A text that the client cannot encode: no record can hold it, but whoever calls the store may."""


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    return make_database(postgres, "halves")


def answer(number: int, text: str) -> Event:
    return Event(
        event_id=f"event-{number}",
        event_type="ANSWER_SUBMITTED",
        timestamp=START + timedelta(seconds=number),
        session_id=UUID(int=9 << 100 | number % 3),
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=QUESTIONS[0],
        student_id=STUDENTS[0],
        answer=text,
    )


texts = st.lists(st.sampled_from(["A", "A", "B", BAD, TOGETHER, TOGETHER, NOT_ENCODED]), min_size=1, max_size=25)


@given(texts=texts, sqlstate=st.sampled_from(SQLSTATES))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_every_good_row_is_stored_and_only_single_rows_are_refused(
    database: str, texts: list[str], sqlstate: str
) -> None:
    events = [answer(number, text) for number, text in enumerate(texts)]
    refused: list[Event] = []

    async def refuse(event: Event, error: Exception) -> None:
        refused.append(event)

    async def check() -> None:
        await clear(database)
        pool = await open_pool(database, max_size=1, application_name="test", command_timeout=30)
        writer = Writer(pool)

        async def keep(part: Sequence[Event]) -> None:
            await writer.write(part)

        try:
            await refuse_rows(pool, sqlstate)
            await store_by_halves(events, keep, refuse)
        finally:
            await pool.close()
        assert [event.answer for event in refused] == [text for text in texts if text in (BAD, NOT_ENCODED)]
        held = await rows(database)
        assert len(held["events"]) == len(events) - len(refused)
        assert held == await refolded(database)

    asyncio.run(check())
