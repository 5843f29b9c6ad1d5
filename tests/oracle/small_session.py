"""The small session of the documentation: one class of four, a guest, three questions; numbers by hand.

Quiz "Fractions" in class 7b on 2 March 2026, looked at half an hour after it began. Question 1 has its key
in the catalog ("B"), question 2 gets it with its publication ("C"), question 3 has none.
"""

from datetime import UTC, datetime, timedelta

from oracle.world import Catalog, CatalogQuestion, Event, EventType, World

SESSION = "50000000-0000-4000-8000-000000000001"
EARLIER_SESSION = "50000000-0000-4000-8000-000000000002"
QUIZ = "20000000-0000-4000-8000-000000000001"
CLASSROOM = "c0000000-0000-4000-8000-000000000001"
TEACHER = "70000000-0000-4000-8000-000000000001"
Q1, Q2, Q3 = (f"90000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
ADA, BEN, CLEO, DAN, EVE = (f"a0000000-0000-4000-8000-00000000000{number}" for number in range(1, 6))

STARTED = datetime(2026, 3, 2, 10, tzinfo=UTC)
NOW = STARTED + timedelta(minutes=30)
EARLIER = STARTED - timedelta(days=10)


def event(
    event_id: str,
    event_type: EventType,
    at: datetime,
    *,
    session_id: str = SESSION,
    question_id: str | None = None,
    student_id: str | None = None,
    timer_sec: int | None = None,
    answer: str | None = None,
    response_time_ms: int | None = None,
    correct_answer: str | None = None,
) -> Event:
    """An event of the quiz in class 7b."""
    return Event(
        event_id=event_id,
        event_type=event_type,
        timestamp=at,
        session_id=session_id,
        quiz_id=QUIZ,
        classroom_id=CLASSROOM,
        question_id=question_id,
        teacher_id=TEACHER,
        student_id=student_id,
        timer_sec=timer_sec,
        answer=answer,
        response_time_ms=response_time_ms,
        correct_answer=correct_answer,
    )


def _published(
    event_id: str, after_sec: int, question_id: str, timer_sec: int, correct_answer: str | None = None
) -> Event:
    at = STARTED + timedelta(seconds=after_sec)
    return event(
        event_id,
        "QUESTION_PUBLISHED",
        at,
        question_id=question_id,
        timer_sec=timer_sec,
        correct_answer=correct_answer,
    )


def _answered(
    event_id: str, after_sec: int, question_id: str, student_id: str, answer: str, ms: int | None = None
) -> Event:
    at = STARTED + timedelta(seconds=after_sec)
    return event(
        event_id,
        "ANSWER_SUBMITTED",
        at,
        question_id=question_id,
        student_id=student_id,
        answer=answer,
        response_time_ms=ms,
    )


EVENTS = (
    event("start", "SESSION_STARTED", STARTED),
    _published("p1", 60, Q1, 60),
    _answered("a1", 70, Q1, ADA, "B"),
    _answered("a2", 80, Q1, BEN, "A", ms=18_000),
    _answered("a3", 120, Q1, CLEO, "B"),
    _answered("a4", 150, Q1, DAN, "B"),
    _published("p2", 180, Q2, 30, correct_answer="C"),
    _answered("a5", 186, Q2, ADA, "C"),
    _answered("a6", 192, Q2, BEN, ""),
    _answered("a7", 200, Q2, EVE, "C"),
    _answered("a8", 204, Q2, CLEO, "D"),
    _published("p3", 300, Q3, 60),
    _answered("a9", 330, Q3, ADA, "3/4"),
    _answered("a10", 340, Q3, BEN, "4/3"),
    event("end", "SESSION_ENDED", STARTED + timedelta(minutes=10)),
)

EARLIER_EVENTS = (
    event("start", "SESSION_STARTED", EARLIER, session_id=EARLIER_SESSION),
    event("p1", "QUESTION_PUBLISHED", EARLIER, session_id=EARLIER_SESSION, question_id=Q1),
    event(
        "a1",
        "ANSWER_SUBMITTED",
        EARLIER + timedelta(seconds=8),
        session_id=EARLIER_SESSION,
        question_id=Q1,
        student_id=ADA,
        answer="A",
    ),
)

CATALOG = Catalog(
    quiz_titles={QUIZ: "Fractions"},
    questions={Q1: CatalogQuestion(QUIZ, "B"), Q2: CatalogQuestion(QUIZ), Q3: CatalogQuestion(QUIZ)},
    classroom_names={CLASSROOM: "Class 7b"},
    rosters={CLASSROOM: (ADA, BEN, CLEO, DAN)},
    student_names={ADA: "Ada", BEN: "Ben", CLEO: "Cleo", DAN: "Dan"},
)

SMALL_SESSION = World(EVENTS, CATALOG, NOW)
WITH_EARLIER_SESSION = World(EVENTS + EARLIER_EVENTS, CATALOG, NOW)
