"""Hypothesis strategies: the events of a few lessons, with all that makes arrival order tempting to depend on."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from ingestor_common.events import Event

START = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
"""Just before midnight and the end of a month, so that sessions span days and partitions."""


def _ids(kind: int, count: int) -> list[UUID]:
    return [UUID(int=kind << 64 | number) for number in range(count)]


SESSIONS, QUIZZES, CLASSROOMS, QUESTIONS, STUDENTS, TEACHERS = (_ids(kind, 2) for kind in range(1, 7))

times = st.integers(0, 240).map(lambda seconds: START + timedelta(seconds=seconds))
answers = st.sampled_from(["", "A", "B", "a longer answer"])


@st.composite
def events(draw: st.DrawFn) -> Event:
    """An event; few ids and times, so that events of one lesson meet, late, early and twice."""
    event_type = draw(
        st.sampled_from(
            ["SESSION_STARTED", "QUESTION_PUBLISHED", "ANSWER_SUBMITTED", "ANSWER_SUBMITTED", "SESSION_ENDED"]
        )
    )
    published = event_type == "QUESTION_PUBLISHED"
    answered = event_type == "ANSWER_SUBMITTED"
    return Event(
        event_id=f"{event_type[:4]}-{draw(st.integers(0, 30))}",
        event_type=event_type,  # type: ignore[arg-type]
        timestamp=draw(times),
        session_id=draw(st.sampled_from(SESSIONS)),
        quiz_id=draw(st.sampled_from(QUIZZES)),
        classroom_id=draw(st.sampled_from(CLASSROOMS)),
        teacher_id=draw(st.none() | st.sampled_from(TEACHERS)),
        question_id=draw(st.sampled_from(QUESTIONS)) if published or answered else None,
        student_id=draw(st.sampled_from(STUDENTS)) if answered else None,
        answer=draw(answers) if answered else None,
        response_time_ms=draw(st.none() | st.just(1_500)) if answered else None,
        timer_sec=draw(st.sampled_from([1, 30, 60])) if published else None,
        correct_answer=draw(st.none() | st.sampled_from(["A", "B"])) if published else None,
    )


# One event an identity: what a second, different event of the same identity means is not a matter of order.
lessons = st.lists(events(), min_size=12, max_size=40, unique_by=lambda event: event.identity)
