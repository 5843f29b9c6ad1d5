"""What the projections can tell is asked of them: without the events, and with the same figures."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration.reports.query.answering import EVENTFUL, QUERIES_OF_A_WORLD, SLOW, answer, request_of, values_of
from integration.reports.query.asking import ask
from integration.reports.query.crowds import crowds
from integration.reports.served import Reports
from integration.reports.told import tell_anew
from oracle.call_strategies import filters, queries
from oracle.histories import histories
from oracle.query import Query, answer_query
from oracle.strategies import NOW, worlds
from oracle.world import World

from ingestor_api.reports.query.asked import understood
from ingestor_api.reports.query.running import rows_of
from ingestor_api.reports.query.statement import Statement, statement_of
from ingestor_common.store.pool import Pool

SUMS: Final = (
    "total_answers", "correct_answers", "wrong_answers", "late_answers", "skipped_answers", "accuracy_rate",
    "question_difficulty_score", "performance_variance", "response_time_avg",
)  # fmt: skip
OF_SESSIONS: Final = (
    "unique_sessions", "participation_rate", "session_completion_rate", "quiz_completion_rate", "engagement_score",
    "average_session_duration", "questions_per_minute", "content_effectiveness_score",
)  # fmt: skip
OF_QUESTIONS: Final = ("questions_published", "question_engagement_rate")

BY_SESSION: Final = (
    "session_id", "quiz_id", "classroom_id", "teacher_id", "classroom_name", "quiz_title", "engagement_level",
    "session_duration_category",
)  # fmt: skip
BY_TIME: Final = ("event_date", "event_hour", "event_week", "event_month", "event_day_of_week", "time_bucket")
BY_QUESTION: Final = ("question_id", "difficulty_level")
BY_STUDENT: Final = ("student_id", "student_name")


def covered() -> Iterator[tuple[str, str]]:
    """Every measure and dimension that is told from projections. docs/query.md has the same."""
    yield from itertools.product(SUMS, (*BY_SESSION, *BY_TIME, *BY_QUESTION, *BY_STUDENT))
    yield from itertools.product(("active_students",), (*BY_SESSION, *BY_TIME, *BY_STUDENT))
    yield from itertools.product(("student_attempts_per_question",), (*BY_SESSION, *BY_STUDENT))
    yield from itertools.product(OF_SESSIONS, (*BY_SESSION, *BY_TIME, *BY_QUESTION, *BY_STUDENT))
    yield from itertools.product(OF_QUESTIONS, (*BY_SESSION, *BY_TIME, *BY_QUESTION))


DOCUMENT: Final = Path(__file__).parents[4] / "docs" / "query.md"
SPANS = [(None, None), (NOW - timedelta(days=7), None), (NOW - timedelta(days=60), NOW - timedelta(minutes=34))]


def statements(query: Query) -> tuple[Statement, Statement]:
    """The query as it is asked, and of events alone."""
    asked = understood(request_of(query))
    return statement_of(asked), statement_of(asked, of_events=True)


async def rows(reader: Pool, statement: Statement) -> list[dict[str, Any]]:
    return values_of(await rows_of(reader, statement))


def test_what_is_covered_names_the_projection_it_is_told_from() -> None:
    for measure, dimension in covered():
        asked, _ = statements(Query((measure,), (dimension,)))
        assert not asked.uncounted, (measure, dimension)
        tables = {table for table in ("session_questions", "session_students") if table in asked.sql}
        assert tables or measure in OF_SESSIONS, (measure, dimension)
        if dimension not in BY_TIME:
            assert " events " not in asked.sql, (measure, dimension)


def test_the_document_says_what_is_covered() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").split("## What is answered without reading answers")[1]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ") and "---" not in line][1:]
    listed = [name.strip() for row in rows for name in row.split(",")]
    assert sorted(listed) == sorted({measure for measure, _ in covered()})


def test_what_is_not_covered_says_what_needs_the_events() -> None:
    for measures, dimensions, names in (
        (("response_time_p95", "total_answers"), ("quiz_id",), ["response_time_p95"]),
        (("total_answers",), ("answer_option",), ["answer_option"]),
        (("total_answers",), ("student_id", "question_id"), ["student_id", "question_id"]),
        (("unique_sessions",), ("timer_duration_category",), ["timer_duration_category"]),
        (("active_students",), ("question_id",), ["active_students", "question_id"]),
        (("student_attempts_per_question",), ("event_date",), ["student_attempts_per_question", "event_date"]),
        (("questions_published",), ("student_id",), ["questions_published", "student_id"]),
        (("time_to_first_answer",), ("quiz_id",), ["time_to_first_answer"]),
    ):
        asked, of_events = statements(Query(measures, dimensions))
        assert asked.uncounted == names
        assert asked.sql == of_events.sql


def test_what_takes_long_is_named_whatever_it_is() -> None:
    week = NOW - timedelta(days=7)
    attempts = "student_attempts_per_question"
    for query, uncounted, divided_by in (
        (Query((attempts,), (), start=week), [attempts, "time_range"], ()),
        (Query((attempts, "unique_sessions"), ("student_id",), start=week), [attempts, "time_range"], ()),
        (Query((attempts,), ("event_month",), start=week), [attempts, "event_month", "time_range"], ()),
        (Query((attempts,), ("student_id",)), (), ()),
        (Query(("total_answers",), (), start=week), (), ["time_range"]),
        (Query(("total_answers",), ("event_hour",)), (), ["event_hour"]),
        (
            Query(("total_answers",), ("event_hour", "event_date"), start=week),
            (),
            ["event_hour", "event_date", "time_range"],
        ),
        (Query(("total_answers", "questions_published"), ("event_date", "question_id")), (), ["event_date"]),
        (Query(("total_answers",), ("quiz_id",)), (), ()),
        (Query(("unique_sessions",), ("event_date",)), (), ()),
    ):
        asked, _ = statements(query)
        assert (asked.uncounted, asked.divided_by) == (uncounted, divided_by), query
        assert bool(asked.uncounted or asked.divided_by) == (" events " in asked.sql), query


@given(world=EVENTFUL, data=st.data())
@settings(SLOW, max_examples=3)
async def test_every_covered_measure_by_its_dimensions_is_what_events_and_the_oracle_say(
    store: Pool, reader: Pool, world: World, data: st.DataObject
) -> None:
    await tell_anew(store, data.draw(histories(world), label="history"))
    start, end = data.draw(st.sampled_from(SPANS), label="span")
    for dimension in (*BY_SESSION, *BY_TIME, *BY_QUESTION, *BY_STUDENT):
        measures = tuple(measure for measure, by in covered() if by == dimension)
        if start or end:
            measures = tuple(measure for measure in measures if measure != "student_attempts_per_question")
        query = Query(measures, (dimension,), filters=data.draw(filters(BY_SESSION)), start=start, end=end)
        asked, of_events = statements(query)
        assert not asked.uncounted, query
        found = await rows(reader, asked)
        assert found == await rows(reader, of_events), query
        assert found == answer_query(world, query)["data"], query


@given(world=worlds(), data=st.data())
@settings(SLOW, max_examples=15)
async def test_any_query_is_answered_as_from_the_events(
    store: Pool, reader: Pool, world: World, data: st.DataObject
) -> None:
    await tell_anew(store, data.draw(histories(world), label="history"))
    for _ in range(QUERIES_OF_A_WORLD):
        asked, of_events = statements(data.draw(queries(), label="query"))
        assert await rows(reader, asked) == await rows(reader, of_events)


@pytest.mark.long
@given(world=crowds())
@settings(SLOW, max_examples=5)
async def test_students_are_counted_once_however_many_they_are_and_whatever_rosters_they_are_on(
    store: Pool, reader: Pool, world: World
) -> None:
    await tell_anew(store, [world.catalog, world.events])
    for dimensions, (start, end) in itertools.product([(), *((time,) for time in BY_TIME)], SPANS):
        query = Query(("active_students", "total_answers"), dimensions, start=start, end=end)
        assert await answer(reader, query) == answer_query(world, query), query


@given(world=EVENTFUL, data=st.data())
@settings(SLOW, max_examples=3)
async def test_figures_stay_when_the_events_are_dropped(
    store: Pool, reader: Pool, world: World, data: st.DataObject
) -> None:
    await tell_anew(store, data.draw(histories(world), label="history"))
    await store.execute("TRUNCATE events")
    for dimension in (*BY_SESSION, *BY_QUESTION, *BY_STUDENT):
        query = Query(tuple(measure for measure, by in covered() if by == dimension), (dimension,))
        assert await answer(reader, query) == answer_query(world, query), query


async def test_it_is_answered_while_nobody_can_read_the_events(reports: Reports, store: Pool) -> None:
    async with store.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        for dimension in (*BY_SESSION, *BY_QUESTION, *BY_STUDENT):
            measures = [measure for measure, by in covered() if by == dimension]
            status, body = await ask(reports, {"measures": measures, "dimensions": [dimension]})
            assert status == 200, body
            assert body["count"] > 0
