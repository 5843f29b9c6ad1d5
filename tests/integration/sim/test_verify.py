"""The check of a database against a truth file, on the product's own tables."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from ingestor_common.events import parse
from ingestor_common.store.pool import open_pool
from ingestor_common.store.writer import Writer
from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.events import ANSWER_SUBMITTED, Event, encode_event
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.lesson import Lessons
from ingestor_dev.sim.truth import NO_RECEIPT, Run, Told, TruthFile
from ingestor_dev.sim.verify import verify
from ingestor_dev.sim.world import WorldSize

_START = datetime(2026, 9, 1, 8, tzinfo=UTC)
# More than are compared in one go.
_COUNT = 210
_LESSONS = Lessons(
    1, _START, WorldSize(students=3, questions=2), Habits(absent=0, ignore=0, give_up=0, drop_out=0, repeat=0)
)


def _events(lesson: int) -> list[Event]:
    return [step.item for step in _LESSONS.lesson(lesson, _START) if isinstance(step.item, Event)]


async def _store(database: str, events: Sequence[Event]) -> None:
    """By the product's own way, as if they had come over HTTP or Kafka."""
    pool = await open_pool(database, max_size=1, application_name="test", command_timeout=30)
    async with pool:
        await Writer(pool).write([parse(encode_event(event), datetime.now(UTC)) for event in events])


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """A truth file of the lessons, each event sent and told durable once."""
    path = tmp_path / "truth.jsonl"
    file = TruthFile(
        path,
        Run(
            seed=1,
            start=_START,
            url="http://127.0.0.1:1",
            answers=None,
            pace=Pace(speed=None, rate=None),
            batch=1,
            at_once=None,
            sessions=_COUNT,
            events=None,
            size=_LESSONS.size,
            habits=_LESSONS.habits,
        ),
    )
    for lesson in range(_COUNT):
        events = _events(lesson)
        file.sent([encode_event(event) for event in events])
        file.told([Told(event.event_id, event.session_id, "kafka", NO_RECEIPT) for event in events])
    file.close()
    return path


@pytest.fixture
async def stored(migrated_database: str) -> str:
    """A database that holds all lessons, and one that the truth does not know."""
    await _store(migrated_database, [event for lesson in range(_COUNT + 1) for event in _events(lesson)])
    return migrated_database


@pytest.fixture
async def tamper(stored: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(stored)
    yield connection
    await connection.close()


async def _says(truth: Path, database: str) -> list[str]:
    return (await verify(truth, database, wait=0)).lines()


async def test_what_the_product_stored_passes_whatever_else_is_in_the_database(truth: Path, stored: str) -> None:
    (line,) = await _says(truth, stored)
    told = sum(len(_events(lesson)) for lesson in range(_COUNT))
    assert line.startswith(f"ok: {told} events of {_COUNT} sessions told durable")


async def test_a_lost_row_is_found(truth: Path, stored: str, tamper: "asyncpg.Connection[asyncpg.Record]") -> None:
    event = _events(205)[4]
    await tamper.execute("DELETE FROM events WHERE event_id = $1", event.event_id)
    counts, example = await _says(truth, stored)
    assert counts.endswith("1 lost, 0 doubled, 0 altered, 0 unknown")
    assert example.startswith(f"lost: event {event.event_id} of session {event.session_id}")


async def test_a_doubled_row_is_found(truth: Path, stored: str, tamper: "asyncpg.Connection[asyncpg.Record]") -> None:
    event = _events(3)[5]
    await tamper.execute(
        """INSERT INTO events (session_id, event_id, "timestamp", event_type, quiz_id, classroom_id)
           SELECT session_id, event_id, "timestamp" + interval '1 microsecond', event_type, quiz_id, classroom_id
           FROM events WHERE event_id = $1""",
        event.event_id,
    )
    counts, example = await _says(truth, stored)
    assert counts.endswith("0 lost, 1 doubled, 0 altered, 0 unknown")
    assert event.event_id in example


@pytest.mark.parametrize(
    "change",
    [
        "answer = 'E'",
        "response_time_ms = response_time_ms + 1",
        "student_id = quiz_id",
        '"timestamp" = "timestamp" + interval \'1 microsecond\'',
    ],
)
async def test_an_altered_row_is_found_with_the_field(
    truth: Path, stored: str, tamper: "asyncpg.Connection[asyncpg.Record]", change: str
) -> None:
    event = next(event for event in _events(_COUNT - 1) if event.event_type == ANSWER_SUBMITTED)
    await tamper.execute(f"UPDATE events SET {change} WHERE event_id = $1", event.event_id)
    counts, example = await _says(truth, stored)
    assert counts.endswith("0 lost, 0 doubled, 1 altered, 0 unknown")
    assert change.split()[0].strip('"') in example


async def test_a_row_that_nobody_sent_is_found(
    truth: Path, stored: str, tamper: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await tamper.execute(
        """INSERT INTO events (session_id, event_id, "timestamp", event_type, quiz_id, classroom_id)
           VALUES ($1, 'stranger', $2, 'SESSION_ENDED', $1, $1)""",
        _events(0)[0].session_id,
        _START,
    )
    counts, example = await _says(truth, stored)
    assert counts.endswith("0 lost, 0 doubled, 0 altered, 1 unknown")
    assert "stranger" in example


async def test_events_that_are_still_on_their_way_are_waited_for(truth: Path, migrated_database: str) -> None:
    checking = asyncio.create_task(verify(truth, migrated_database, wait=60))
    for half in (range(100), range(100, _COUNT)):
        await _store(migrated_database, [event for lesson in half for event in _events(lesson)])
    assert (await checking).passed


async def test_the_command_ends_with_1_on_a_fault_and_with_0_without(truth: Path, stored: str) -> None:
    assert await _command(truth, stored) == 0
    connection = await asyncpg.connect(stored)
    await connection.execute("DELETE FROM events WHERE event_id = $1", _events(1)[0].event_id)
    await connection.close()
    assert await _command(truth, stored) == 1


async def test_a_database_without_the_schema_is_answered_with_what_to_do(truth: Path, database: str) -> None:
    with pytest.raises(SimulatorError, match="ingestor-admin migrate"):
        await verify(truth, database, wait=0)


async def _command(truth: Path, database: str) -> int:
    arguments = ["verify", "--truth", str(truth), "--database-url", database]
    process = await asyncio.create_subprocess_exec(Path(sys.executable).with_name("ingestor-sim"), *arguments)
    return await process.wait()
