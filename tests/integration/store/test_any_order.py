"""Order does not matter: however events arrive, how often, and by which path, the store holds the same."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.stack import make_database
from integration.store.lessons import QUESTIONS, QUIZZES, lessons
from integration.store.projection_rows import Rows, clear, rows
from integration.store.refolding import refolded

from ingestor_common.events import Event
from ingestor_common.store import catalog
from ingestor_common.store.pool import open_pool
from ingestor_common.store.writer import Writer
from ingestor_dev.embedded.postgres import EmbeddedPostgres

Batches = list[list[Event]]

# The databases are cleared for each example; the deadline would measure them.
database_settings = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Event], Batches, Batches]:
    """A lesson's events, and two paths' batches that together deliver each at least once, in any order."""
    lesson = draw(lessons)
    repeats = draw(st.lists(st.sampled_from(lesson), max_size=15))
    arrivals = draw(st.permutations(lesson + repeats))
    paths: tuple[Batches, Batches] = ([], [])
    position = 0
    while position < len(arrivals):
        size = draw(st.integers(1, 12))
        draw(st.sampled_from(paths)).append(list(arrivals[position : position + size]))
        position += size
    return lesson, *paths


async def _write(dsn: str, *paths: Batches) -> int:
    """Store each path's batches by a writer of its own, all paths at once. How many events were new."""
    pools = [await open_pool(dsn, max_size=1, application_name="test", command_timeout=30) for _ in paths]
    try:
        return sum(await asyncio.gather(*(_path(Writer(pool), path) for pool, path in zip(pools, paths, strict=True))))
    finally:
        for pool in pools:
            await pool.close()


async def _path(writer: Writer, batches: Batches) -> int:
    return sum([len(await writer.write(batch)) for batch in batches])


async def _clean_run(dsn: str, lesson: Sequence[Event]) -> Rows:
    await clear(dsn)
    await _write(dsn, [sorted(lesson, key=lambda event: (event.timestamp, event.event_id))])
    return await rows(dsn)


@pytest.fixture(scope="module")
def two_databases(postgres: EmbeddedPostgres) -> tuple[str, str]:
    return make_database(postgres, "order"), make_database(postgres, "order")


@pytest.mark.long
@given(deliveries())
@database_settings
def test_any_arrival_order_and_split_between_paths_gives_the_rows_of_a_clean_run(
    two_databases: tuple[str, str], delivered: tuple[list[Event], Batches, Batches]
) -> None:
    shuffled, clean = two_databases
    lesson, *paths = delivered

    async def check() -> None:
        await clear(shuffled)
        assert await _write(shuffled, *paths) == len(lesson)
        held = await rows(shuffled)
        assert held == await _clean_run(clean, lesson)
        assert await refolded(shuffled) == held

    asyncio.run(check())


@pytest.mark.long
@given(
    lesson=lessons,
    cut=st.integers(0, 40),
    keys=st.lists(st.tuples(st.sampled_from(QUESTIONS), st.none() | st.sampled_from(["A", "B"])), max_size=3),
)
@database_settings
def test_a_key_that_comes_or_changes_between_answers_grades_as_if_it_had_been_there(
    two_databases: tuple[str, str], lesson: list[Event], cut: int, keys: list[tuple[UUID, str | None]]
) -> None:
    between, before = two_databases

    async def set_keys(dsn: str) -> None:
        pool = await open_pool(dsn, max_size=1, application_name="test", command_timeout=30)
        try:
            async with pool.acquire() as connection:
                for question, key in keys:
                    await catalog.put_question(connection, question, QUIZZES[0], None, key)
        finally:
            await pool.close()

    async def check() -> None:
        await clear(between)
        await _write(between, [part for part in (lesson[:cut],) if part])
        await set_keys(between)
        await _write(between, [part for part in (lesson[cut:],) if part])
        await clear(before)
        await set_keys(before)
        await _write(before, [lesson])
        assert await rows(between) == await rows(before)

    asyncio.run(check())
