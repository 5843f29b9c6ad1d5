"""The statement of a query: text from the model, values as parameters, and only what the query needs."""

import re
from datetime import UTC, datetime

from hypothesis import given
from oracle.call_strategies import queries
from oracle.query import Query

from ingestor_api.reports.query.asked import understood
from ingestor_api.reports.query.request import OrderBy, QueryRequest, TimeRange
from ingestor_api.reports.query.statement import Statement, statement_of


def statement(**asked: object) -> Statement:
    return statement_of(understood(QueryRequest.model_validate(asked)))


def test_values_are_parameters_in_the_order_of_their_numbers() -> None:
    made = statement(
        measures=["total_answers"],
        filters={"classroom_name": ["Zebra", None], "event_hour": 9},
        time_range={"start": "2026-03-02T10:00:00+02:00"},
        limit=7,
    )
    assert made.arguments == (["Zebra"], [9], datetime(2026, 3, 2, 8, tzinfo=UTC), 7)
    assert "Zebra" not in made.sql
    assert {int(number) for number in re.findall(r"\$(\d+)", made.sql)} == {1, 2, 3, 4}


@given(queries())
def test_no_value_of_any_query_is_in_its_text(query: Query) -> None:
    request = QueryRequest(
        measures=list(query.measures),
        dimensions=list(query.dimensions),
        filters={name: list(values) for name, values in query.filters.items()},
        time_range=TimeRange(start=query.start, end=query.end),
        limit=query.limit,
        order_by=[OrderBy(field=order.name, order=order.direction) for order in query.order_by],
    )
    texts = statement_of(understood(request)).sql
    free = {"session_id", "quiz_id", "classroom_id", "teacher_id", "question_id", "student_id"}
    values = [value for name, all_of in query.filters.items() if name in free for value in all_of]
    assert not [value for value in values if str(value) in texts and value is not None]


def test_sessions_are_counted_without_reading_events() -> None:
    assert "events" not in statement(measures=["unique_sessions"], dimensions=["classroom_name"]).sql.replace(
        "first_event", ""
    )


def test_a_time_range_bounds_the_answers_themselves_and_the_sessions_searched() -> None:
    sql = statement(measures=["total_answers"], time_range={"start": "2026-03-02T10:00:00Z"}).sql
    assert 'a."timestamp" >= $1' in sql
    assert "s.last_event_at >= $1" in sql


def test_ties_are_ordered_by_every_dimension_in_turn() -> None:
    sql = statement(
        measures=["total_answers"],
        dimensions=["quiz_title", "event_hour"],
        order_by=[{"field": "total_answers", "order": "DESC"}],
    ).sql
    order = sql.splitlines()[-2]
    assert order == (
        "ORDER BY result.total_answers DESC NULLS LAST, "
        'result.quiz_title COLLATE "C" ASC NULLS LAST, result.event_hour ASC NULLS LAST'
    )
