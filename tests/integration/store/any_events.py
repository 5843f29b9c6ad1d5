"""Hypothesis strategies: any events that the contract allows, the extremes of every field among them."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, SESSIONS, STUDENTS, TEACHERS

from ingestor_common.events import Event, parse

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)

# Before 2015 all share a partition; the others are of few months, since each has to be made.
_TIMES = st.one_of(
    st.datetimes(datetime(1, 1, 1, 0, 0, 0, 1), datetime(2014, 12, 31, 23, 59, 59, 999_999)),
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 1, 12)),
    st.sampled_from(
        [
            datetime(1, 1, 1, 0, 0, 0, 1),
            datetime(1, 1, 2),
            datetime(1582, 10, 10),
            datetime(1969, 12, 31, 23, 59, 59, 999_999),
            datetime(2000, 1, 1),
            datetime(2014, 12, 31, 23, 59, 59, 999_999),
            datetime(2015, 1, 1),
            datetime(2026, 4, 1, 12),
        ]
    ),
).map(lambda time: time.isoformat() + "Z")

_characters = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
_texts = st.one_of(
    st.text(_characters, max_size=20),
    st.text(_characters, min_size=1, max_size=4).map(lambda text: (text * 1_024)[:1_024]),
    st.sampled_from(["", "A", "\U0010ffff" * 1_024, "\\" * 1_024, "\ufffe\uffff", "{}", "NULL", "\\N", "\x1f\t\r\n"]),
)
_event_ids = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=128) | st.sampled_from(
    ["a", "\U0001f600" * 128]
)
_milliseconds = st.none() | st.sampled_from([0, 1, 86_400_000]) | st.integers(0, 86_400_000)
_timers = st.none() | st.sampled_from([1, 86_400]) | st.integers(1, 86_400)


@st.composite
def _events(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(["SESSION_STARTED", "QUESTION_PUBLISHED", *["ANSWER_SUBMITTED"] * 3, "SESSION_ENDED"]))
    fields: dict[str, object] = {
        "event_id": draw(_event_ids),
        "event_type": kind,
        "timestamp": draw(_TIMES),
        "session_id": str(draw(st.sampled_from(SESSIONS))),
        "quiz_id": str(draw(st.sampled_from(QUIZZES))),
        "classroom_id": str(draw(st.sampled_from(CLASSROOMS))),
        "teacher_id": draw(st.none() | st.sampled_from(TEACHERS).map(str)),
        "timer_sec": draw(_timers),
        "response_time_ms": draw(_milliseconds),
        "answer": draw(_texts),
        "student_id": str(draw(st.sampled_from(STUDENTS))),
        "question_id": str(draw(st.sampled_from(QUESTIONS))),
    }
    if kind == "QUESTION_PUBLISHED":
        fields["correct_answer"] = draw(_texts) or None
    return parse(json.dumps(fields).encode(), NOW)


batches = st.lists(
    st.lists(_events(), min_size=1, max_size=15, unique_by=lambda event: event.identity), min_size=1, max_size=4
)
"""As they are read from requests or records."""
