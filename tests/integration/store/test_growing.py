"""What a sender sent before does not make the next events dearer: neither distinct answers, nor distinct questions."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, SESSIONS, START, STUDENTS

from ingestor_common.events import Event
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.writer import Writer

SIZE = 500
HELD = 20_000
ALLOWED = 3.0
"""Times as dear: the machine may be busy with something else. What grew with what is held was 90 times as dear."""


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(migrated_database, max_size=1, application_name="test", command_timeout=60)
    yield pool
    await pool.close()


def answer(number: int, question: UUID, text: str) -> Event:
    return Event(
        event_id=f"answer-{number}",
        event_type="ANSWER_SUBMITTED",
        timestamp=START + timedelta(milliseconds=number),
        session_id=SESSIONS[0],
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=question,
        student_id=STUDENTS[0],
        answer=text,
    )


def another_text(number: int) -> Event:
    """The longest text there may be, 4 KB of it, that nobody gave before and that does not compress well."""
    text = "".join(chr(0x20000 + (number * 7_919 + place * place * 31) % 40_000) for place in range(1_017))
    return answer(number, QUESTIONS[0], f"{number:07d}{text}")


def another_question(number: int) -> Event:
    return answer(number, UUID(int=7 << 100 | number), "A")


@pytest.mark.long
@pytest.mark.parametrize("another", [another_text, another_question])
async def test_the_cost_of_an_answer_does_not_depend_on_those_before_it(
    pool: Pool, another: Callable[[int], Event]
) -> None:
    seconds = []
    for start in range(0, HELD, SIZE):
        events = [another(number) for number in range(start, start + SIZE)]
        began = time.monotonic()
        assert len(await Writer(pool).write(events)) == SIZE
        seconds.append(time.monotonic() - began)
    assert min(seconds[-5:]) < ALLOWED * min(seconds[:5])
    assert await pool.fetchval("SELECT sum(answers) FROM answer_counts") == HELD
    assert await pool.fetchval("SELECT count(*) FROM answered_questions") in (1, HELD)
