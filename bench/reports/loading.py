"""Loads a school through the store's own write path, as fast as it goes: processes beside each other, each with a few
connections, and batches of whole sessions.

A batch that holds whole sessions folds each of them once. Keys come from the catalog, before the events: a key that
comes with a publication makes its transaction start again, holding the question alone.
"""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context

from bench.reports import school
from bench.reports.school import Classroom

from ingestor_common.events import Event
from ingestor_common.store import catalog
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.writer import Writer

PROCESSES = 2
_CONNECTIONS = 2
_SESSIONS_OF_A_BATCH = 30


def load(dsn: str, classrooms: int, progress: "Progress") -> None:
    """Stores the catalog and the events of so many classrooms; tells `progress` of each classroom."""
    groups = range(0, classrooms, school.CLASSROOMS_OF_A_QUIZ)
    # Started afresh: a fork would share the parent's event loop and connections.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        for stored in processes.map(partial(_load_group, dsn), groups):
            progress(stored)


class Progress:
    """Prints how far loading is."""

    def __init__(self, title: str, classrooms: int) -> None:
        self._title = title
        self._classrooms = classrooms
        self._done = 0
        self._events = 0

    def __call__(self, events: int) -> None:
        self._done += school.CLASSROOMS_OF_A_QUIZ
        self._events += events
        end = "\n" if self._done >= self._classrooms else "\r"
        print(
            f"{self._title}: {self._done} of {self._classrooms} classrooms, {self._events:,} events",
            end=end,
            flush=True,
        )


def _load_group(dsn: str, first: int) -> int:
    classrooms = [Classroom(first + place) for place in range(school.CLASSROOMS_OF_A_QUIZ)]
    return asyncio.run(_store(dsn, classrooms))


async def _store(dsn: str, classrooms: list[Classroom]) -> int:
    pool = await open_pool(dsn, max_size=_CONNECTIONS, application_name="bench load", command_timeout=300)
    try:
        await _put_catalog(pool, classrooms)
        batches = _batches(session for classroom in classrooms for session in school.sessions(classroom))
        writer = Writer(pool)
        return sum(await asyncio.gather(*(_write(writer, batches) for _ in range(_CONNECTIONS))))
    finally:
        await pool.close()


async def _write(writer: Writer, batches: Iterator[list[Event]]) -> int:
    return sum([len(await writer.write(batch)) for batch in batches])


def _batches(sessions: Iterable[list[Event]]) -> Iterator[list[Event]]:
    remaining = iter(sessions)
    while batch := list(islice(remaining, _SESSIONS_OF_A_BATCH)):
        yield [event for session in batch for event in session]


async def _put_catalog(pool: Pool, classrooms: list[Classroom]) -> None:
    group = classrooms[0].group
    async with pool.acquire() as connection:
        for classroom in classrooms:
            await catalog.put_classroom(connection, classroom.classroom_id, f"Classroom {classroom.number}")
            roster = [(student, f"Student {student.hex[:6]}") for student in classroom.students]
            await catalog.put_roster(connection, classroom.classroom_id, roster)
        for quiz in range(school.QUIZZES):
            await catalog.put_quiz(connection, school.quiz_id(group, quiz), f"Quiz {group}/{quiz}", None)
            for question in school.question_ids(group, quiz):
                await catalog.put_question(
                    connection, question, school.quiz_id(group, quiz), None, school.key_of(question)
                )
