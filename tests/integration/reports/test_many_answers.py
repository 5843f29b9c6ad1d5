"""Of a question with more answers than are shown, the most frequent ones are, and the others are counted."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.reports.told import tell_anew
from oracle.reports import REPORTS as ORACLE
from oracle.strategies import CLASSROOMS, NOW, QUESTIONS, QUIZZES, SESSIONS, STUDENTS
from oracle.world import Catalog, Event, World

from ingestor_api.reports.reader import read
from ingestor_api.reports.registry import REPORTS
from ingestor_common.store.pool import Pool

CALLS = {
    "question-analysis": {"question_id": QUESTIONS[0]},
    "quiz-questions-list": {"quiz_id": QUIZZES[0]},
}
SHOWN = 50

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=3)
answers = st.lists(
    st.tuples(texts | st.integers(0, 90).map(str), st.sampled_from(SESSIONS[:2]), st.sampled_from(QUESTIONS[:2])),
    min_size=60,
    max_size=200,
)


@given(given_answers=answers)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_the_most_frequent_are_shown_and_the_others_counted(
    store: Pool, reader: Pool, given_answers: Sequence[tuple[str, str, str]]
) -> None:
    world = World(tuple(_event(*answer, number) for number, answer in enumerate(given_answers)), Catalog(), NOW)
    await tell_anew(store, [world.events])
    for report in REPORTS:
        if parameters := CALLS.get(report.name):
            body = (await read(reader, report, report.asked(**parameters), NOW)).model_dump(mode="json")
            assert body == ORACLE[report.name](world, **parameters)


async def test_with_a_thousand_others_only_the_bounded_number_is_shown(store: Pool, reader: Pool) -> None:
    each = [_event(f"text {number}", SESSIONS[0], QUESTIONS[0], number) for number in range(1_000)]
    often = [_event("often", SESSIONS[0], QUESTIONS[0], number) for number in range(1_000, 1_005)]
    await tell_anew(store, [tuple(each + often)])
    (report,) = (report for report in REPORTS if report.name == "question-analysis")
    body = (await read(reader, report, report.asked(question_id=QUESTIONS[0]), NOW)).model_dump(mode="json")
    assert len(body["answer_distribution"]) == SHOWN
    assert body["answer_distribution"]["often"] == 5
    assert body["other_answers"] == 1_000 - (SHOWN - 1)


def _event(text: str, session: str, question: str, number: int) -> Event:
    return Event(
        event_id=f"event-{number}",
        event_type="ANSWER_SUBMITTED",
        timestamp=NOW - timedelta(seconds=number),
        session_id=session,
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=question,
        student_id=STUDENTS[number % len(STUDENTS)],
        answer=text,
    )
