"""What holds of every world, whatever happened in it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.call_strategies import queries, report_parameters
from oracle.query import Query, answer_query
from oracle.query_dimensions import DIMENSIONS
from oracle.query_measures import MEASURES
from oracle.reports import REPORTS
from oracle.small_session import WITH_EARLIER_SESSION
from oracle.strategies import CLASSROOMS, QUESTIONS, QUIZZES, SESSIONS, worlds
from oracle.world import World

LISTS = {
    "active-participants": "active_participants",
    "student-performance-list": "students",
    "classroom-engagement-history": "engagement_history",
    "quiz-questions-list": "questions",
    "classroom-sessions": "sessions",
    "quiz-sessions": "sessions",
    "classroom-student-rankings": "rankings",
    "session-student-rankings": "rankings",
}
PERCENTAGES = ("rate", "percent", "accuracy", "percentile", "participation", "completion", "score", "engagement")
# A deadline would fail on a machine that is busy, not on a wrong report.
few_worlds = settings(max_examples=60, deadline=None)
calls = st.sampled_from(sorted(REPORTS)).flatmap(lambda name: st.tuples(st.just(name), report_parameters(name)))


def numbers(body: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a body with the name of its field."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from numbers(value, key)
    elif isinstance(body, list):
        for value in body:
            yield from numbers(value, name)
    elif isinstance(body, int | float) and not isinstance(body, bool):
        yield name, body


@few_worlds
@given(worlds(), calls)
def test_percentages_are_within_0_and_100_and_no_number_is_negative(
    world: World, call: tuple[str, dict[str, Any]]
) -> None:
    name, parameters = call
    for field, number in numbers(REPORTS[name](world, **parameters)):
        assert number >= 0
        if field.endswith(PERCENTAGES):
            assert number <= 100


@few_worlds
@given(worlds(), calls, st.randoms(use_true_random=False))
def test_order_and_repetition_of_deliveries_change_nothing(world: World, call: Any, random: Any) -> None:
    name, parameters = call
    events = [*world.events, *world.events[:2]]
    random.shuffle(events)
    again = replace(world, events=tuple(events))
    assert REPORTS[name](again, **parameters) == REPORTS[name](world, **parameters)


@few_worlds
@given(worlds(), st.sampled_from(sorted(LISTS)), st.data())
def test_pages_are_the_whole_list_cut_up(world: World, name: str, data: st.DataObject) -> None:
    parameters = data.draw(report_parameters(name))
    page_size = data.draw(st.integers(1, 3))
    whole = REPORTS[name](world, **parameters | {"page": 1, "page_size": 1000})
    joined: list[Any] = []
    for page in range(1, whole["pagination"]["total_count"] // page_size + 3):
        body = REPORTS[name](world, **parameters | {"page": page, "page_size": page_size})
        joined += body[LISTS[name]]
        assert body["pagination"]["has_more"] == (len(joined) < len(whole[LISTS[name]]))
    assert joined == whole[LISTS[name]]
    assert len(joined) == whole["pagination"]["total_count"]


@few_worlds
@given(worlds(), st.sampled_from(SESSIONS), st.sampled_from(QUESTIONS))
def test_a_student_of_the_roster_answered_in_time_skipped_or_ran_out_of_time(
    world: World, session_id: str, question_id: str
) -> None:
    timeouts = REPORTS["timeout-analysis"](world, session_id=session_id, question_id=question_id)
    rates = REPORTS["response-rate"](world, session_id=session_id, question_id=question_id)
    assert timeouts["total_students"] == rates["students_received"]
    in_time = timeouts["total_students"] - timeouts["timeout_count"] - timeouts["skipped_count"]
    assert 0 <= in_time <= rates["students_answered"]


@few_worlds
@given(worlds(), st.sampled_from(CLASSROOMS))
def test_the_reports_of_a_class_agree_on_its_totals(world: World, classroom_id: str) -> None:
    def report(name: str, **parameters: object) -> Any:
        return REPORTS[name](world, classroom_id=classroom_id, **parameters)

    summary = report("class-performance-summary")["performance_summary"]
    overview = report("classroom-overview")["overview"]
    rankings = report("classroom-student-rankings")["rankings"]
    students = report("student-performance-list")
    assert summary["session_count"] == overview["total_sessions"]
    assert summary["session_count"] == report("classroom-sessions")["summary"]["total_sessions"]
    assert summary["total_students"] == overview["total_students"] == students["summary"]["total_students"]
    assert summary["total_questions_answered"] == sum(row["questions_attempted"] for row in rankings)
    assert summary["participating_students"] == sum(row["questions_attempted"] > 0 for row in students["students"])


@few_worlds
@given(worlds(), st.sampled_from(QUIZZES))
def test_the_reports_of_a_quiz_agree_on_its_totals(world: World, quiz_id: str) -> None:
    summary = REPORTS["quiz-summary"](world, quiz_id=quiz_id)
    content = REPORTS["content-effectiveness"](world, quiz_id=quiz_id)
    questions = REPORTS["quiz-questions-list"](world, quiz_id=quiz_id)
    assert summary["usage_statistics"]["total_questions"] == content["total_questions"]
    assert content["total_questions"] == questions["summary"]["total_questions"]
    assert summary["performance_metrics"]["effectiveness_score"] == content["effectiveness_score"]
    sessions = REPORTS["quiz-sessions"](world, quiz_id=quiz_id)["summary"]["total_sessions"]
    assert summary["usage_statistics"]["total_sessions"] == sessions


@few_worlds
@given(worlds(), st.sampled_from(CLASSROOMS))
def test_a_measure_by_classroom_is_what_the_reports_say(world: World, classroom_id: str) -> None:
    measures = ("total_answers", "accuracy_rate", "active_students", "unique_sessions", "response_time_avg")
    query = Query(measures, filters={"classroom_id": (classroom_id,)})
    (row,) = answer_query(world, query)["data"]
    summary = REPORTS["class-performance-summary"](world, classroom_id=classroom_id)["performance_summary"]
    assert tuple(row.values()) == (
        summary["total_questions_answered"],
        summary["overall_accuracy"],
        summary["participating_students"],
        summary["session_count"],
        summary["average_response_time_seconds"],
    )


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_goes_with_every_dimension(measure: str) -> None:
    for dimension in DIMENSIONS:
        body = answer_query(WITH_EARLIER_SESSION, Query((measure,), (dimension,)))
        groups = [row[dimension] for row in body["data"]]
        assert len(groups) == len(set(groups)) == body["count"] > 0
        assert all(row[measure] is None or row[measure] >= 0 for row in body["data"])


@few_worlds
@given(worlds(), queries())
def test_a_query_gives_each_group_once_within_its_limit(world: World, query: Query) -> None:
    data = answer_query(world, query)["data"]
    groups = [tuple(row[dimension] for dimension in query.dimensions) for row in data]
    assert len(groups) == len(set(groups)) <= query.limit
    assert query.dimensions or len(data) == 1


@few_worlds
@given(worlds(), st.sampled_from(("session_id", "student_id", "event_date", "difficulty_level")))
def test_answers_of_the_groups_add_up_to_all_answers(world: World, dimension: str) -> None:
    (total,) = answer_query(world, Query(("total_answers",)))["data"]
    groups = answer_query(world, Query(("total_answers",), (dimension,)))["data"]
    assert sum(row["total_answers"] for row in groups) == total["total_answers"]
