"""The input of every report: events in the order they were stored, the catalog, and the time it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

EventType = Literal["SESSION_STARTED", "QUESTION_PUBLISHED", "ANSWER_SUBMITTED", "SESSION_ENDED"]
DEFAULT_TIMER_SEC = 60


@dataclass(frozen=True)
class Event:
    """One stored event with the fields of the HTTP contract; ids are lower-case text, times are aware."""

    event_id: str
    event_type: EventType
    timestamp: datetime
    session_id: str
    quiz_id: str
    classroom_id: str
    question_id: str | None = None
    teacher_id: str | None = None
    student_id: str | None = None
    timer_sec: int | None = None
    answer: str | None = None
    response_time_ms: int | None = None
    correct_answer: str | None = None


@dataclass(frozen=True)
class CatalogQuestion:
    """A question as the school's system knows it; without a key the publications' keys are used."""

    quiz_id: str
    correct_answer: str | None = None


@dataclass(frozen=True)
class Catalog:
    """Names, keys and rosters by id; everything may be missing.

    `rosters` maps a classroom to its students; an empty roster is no roster. `student_names` holds names
    of students who are on some roster, since only a roster can name them.
    """

    quiz_titles: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, CatalogQuestion] = field(default_factory=dict)
    classroom_names: Mapping[str, str] = field(default_factory=dict)
    rosters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    student_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class World:
    """Everything a report may depend on; compared and cached by identity."""

    events: tuple[Event, ...]
    catalog: Catalog
    now: datetime
