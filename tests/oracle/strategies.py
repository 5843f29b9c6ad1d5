"""Hypothesis strategies: worlds with every case the reports must get right, small enough to shrink well."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from oracle.world import Catalog, CatalogQuestion, Event, EventType, World

NOW = datetime(2026, 3, 10, 0, 30, 0, 500_000, tzinfo=UTC)
SESSIONS = tuple(f"50000000-0000-4000-8000-00000000000{number}" for number in range(1, 6))
QUIZZES = tuple(f"20000000-0000-4000-8000-00000000000{number}" for number in range(1, 3))
CLASSROOMS = tuple(f"c0000000-0000-4000-8000-00000000000{number}" for number in range(1, 3))
QUESTIONS = tuple(f"90000000-0000-4000-8000-00000000000{number}" for number in range(1, 4))
STUDENTS = tuple(f"a0000000-0000-4000-8000-00000000000{number}" for number in range(1, 6))
TEACHERS = tuple(f"70000000-0000-4000-8000-00000000000{number}" for number in range(1, 3))
UNKNOWN_ID = "ffffffff-ffff-4fff-8fff-ffffffffffff"
NAMES = ("Ada", "ada", "Élodie", "Zoë", "安")
ANSWERS = ("A", "A", "A", "B", "B", "b", " ", "", "Ünï")

# How long before now a session begins: in the last hour, over midnight UTC, the edges of a day, a week and
# a month (the far edge is outside of the range), the period before, and a clock that runs ahead.
STARTS_BEFORE_NOW = (
    timedelta(minutes=20),
    timedelta(minutes=35),
    timedelta(hours=20),
    timedelta(days=1),
    timedelta(days=2, hours=3),
    timedelta(days=3),
    timedelta(days=7) - timedelta(microseconds=1),
    timedelta(days=7),
    timedelta(days=9),
    timedelta(days=14),
    timedelta(days=29),
    timedelta(days=30),
    timedelta(days=100),
    timedelta(hours=-2),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world of up to five sessions in two classrooms that share two quizzes.

    It may have late answers, skips, answers before or without their publication, repeated publications,
    several answers of one student, guests, no rosters, unknown or changing keys, a session over midnight,
    sessions without start or end, events that name another classroom than their session's, deliveries
    repeated and in any order, and nothing at all. A busy world has enough of everything for trends, bands
    and rankings to mean something.
    """
    busy = draw(st.booleans())
    sessions = draw(st.lists(st.sampled_from(SESSIONS), min_size=2 * busy, max_size=4, unique=True))
    events = [event for session_id in sessions for event in draw(_session_events(session_id, busy))]
    again = draw(st.lists(st.sampled_from(events), max_size=3)) if events else []
    return World(tuple(draw(st.permutations(events + again))), draw(catalogs()), NOW)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """What the school's system told: titles, keys, names and rosters, each perhaps missing."""
    questions = {
        question: CatalogQuestion(quiz_id=draw(st.sampled_from(QUIZZES)), correct_answer=draw(_keys()))
        for question in draw(st.lists(st.sampled_from(QUESTIONS), unique=True))
    }
    rosters = {
        classroom: tuple(draw(st.lists(st.sampled_from(STUDENTS[:4]), unique=True, max_size=4)))
        for classroom in draw(st.lists(st.sampled_from(CLASSROOMS), unique=True))
    }
    on_a_roster = {student for roster in rosters.values() for student in roster}
    return Catalog(
        quiz_titles={quiz: draw(_names()) for quiz in draw(st.lists(st.sampled_from(QUIZZES), unique=True))},
        questions=questions,
        classroom_names={
            classroom: draw(_names()) for classroom in draw(st.lists(st.sampled_from(CLASSROOMS), unique=True))
        },
        rosters=rosters,
        student_names={student: name for student, name in draw(_student_names()).items() if student in on_a_roster},
    )


@dataclass(frozen=True)
class _Place:
    session_id: str
    quiz_id: str
    classroom_id: str
    start: datetime


@st.composite
def _session_events(draw: st.DrawFn, session_id: str, busy: bool) -> list[Event]:
    place = _Place(
        session_id,
        quiz_id=draw(st.sampled_from(QUIZZES)),
        classroom_id=draw(st.sampled_from(CLASSROOMS[:1] if busy else CLASSROOMS)),
        start=NOW - draw(st.sampled_from(STARTS_BEFORE_NOW)),
    )
    events = [
        *draw(st.lists(_events(place, "SESSION_STARTED", (0, 2)), max_size=2)),
        *draw(st.lists(_publications(place), min_size=2 * busy, max_size=4)),
        *draw(st.lists(_responses(place), min_size=6 * busy, max_size=16 if busy else 6)),
        *draw(st.lists(_events(place, "SESSION_ENDED", (0, 600, 1_800, 3_600)), max_size=2)),
    ]
    # Numbered from 8, so that event-10 sorts before event-9.
    return [replace(event, event_id=f"event-{number}") for number, event in enumerate(events, start=8)]


def _publications(place: _Place) -> st.SearchStrategy[Event]:
    return _events(
        place,
        "QUESTION_PUBLISHED",
        (0, 5, 60, 60.0025, 90, 120),
        question_id=st.sampled_from(QUESTIONS),
        timer_sec=st.sampled_from((None, 30, 55, 60, 90)),
        correct_answer=_keys(),
    )


def _responses(place: _Place) -> st.SearchStrategy[Event]:
    return _events(
        place,
        "ANSWER_SUBMITTED",
        (-5, 0, 4.9999, 17.005, 60, 60.000001, 90, 95, 150, 1_900, 3_700, 86_400, 86_400.001),
        question_id=st.sampled_from(QUESTIONS),
        student_id=st.sampled_from(STUDENTS),
        answer=st.sampled_from(ANSWERS),
        response_time_ms=st.sampled_from((None, None, 0, 5, 10_000, 29_999, 30_000, 12_345, 60_000)),
    )


def _events(
    place: _Place,
    event_type: EventType,
    seconds: tuple[float, ...],
    **fields: st.SearchStrategy[str] | st.SearchStrategy[str | None] | st.SearchStrategy[int | None],
) -> st.SearchStrategy[Event]:
    """Events of a session; the earliest alone says where it belongs, whatever the others name."""
    return st.builds(
        Event,
        event_id=st.just(""),
        event_type=st.just(event_type),
        timestamp=st.sampled_from([place.start + timedelta(seconds=after) for after in seconds]),
        session_id=st.just(place.session_id),
        quiz_id=st.sampled_from((place.quiz_id, place.quiz_id, QUIZZES[0])),
        classroom_id=st.sampled_from((place.classroom_id, place.classroom_id, CLASSROOMS[0])),
        teacher_id=st.sampled_from((None, *TEACHERS)),
        **fields,
    )


def _keys() -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, "A", "A", "B"))


def _student_names() -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(STUDENTS), _names())


def _names() -> st.SearchStrategy[str]:
    return st.sampled_from(NAMES)
