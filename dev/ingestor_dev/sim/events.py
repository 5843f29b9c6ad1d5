"""The event as an app sends it and as the database gives it back."""

from datetime import datetime

import msgspec

SESSION_STARTED = "SESSION_STARTED"
QUESTION_PUBLISHED = "QUESTION_PUBLISHED"
ANSWER_SUBMITTED = "ANSWER_SUBMITTED"
SESSION_ENDED = "SESSION_ENDED"

DEFAULT_TIMER_SEC = 60


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One quiz event; the fields of the HTTP contract. Ids are UUID texts, `timestamp` is aware.

    Kept apart from the services' own event class on purpose: the check of what the services stored
    must not share their code.
    """

    event_id: str
    event_type: str
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


encode_event = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(Event).decode
