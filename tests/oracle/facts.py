"""The terms the reports speak in, derived from the set of events, the catalog and the clock."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from oracle.world import DEFAULT_TIMER_SEC, Catalog, Event, World

LONGEST_RESPONSE = timedelta(days=1)
"""What took longer tells nothing of how fast a student was."""


@dataclass(frozen=True)
class Response:
    """One ANSWER_SUBMITTED: an answer, or a skip where it is empty.

    `publication` is the one it responds to, if any; `response_ms` is unknown for skips and where nothing
    tells it; `correct` is None where the answer is not graded.
    """

    event: Event
    session_id: str
    question_id: str
    student_id: str
    at: datetime
    text: str
    publication: Event | None
    late: bool
    response_ms: int | None
    correct: bool | None

    @property
    def skipped(self) -> bool:
        return self.text == ""


@dataclass(frozen=True)
class Session:
    """One session: where it belongs is said by its earliest event, whatever later events say."""

    session_id: str
    quiz_id: str
    classroom_id: str
    teacher_id: str | None
    started_at: datetime
    first_event_at: datetime
    last_event_at: datetime
    duration: timedelta
    publications: tuple[Event, ...]
    responses: tuple[Response, ...]

    @property
    def answers(self) -> list[Response]:
        return [response for response in self.responses if not response.skipped]

    @property
    def skips(self) -> list[Response]:
        return [response for response in self.responses if response.skipped]

    @property
    def published_questions(self) -> list[str]:
        """Question ids, each once, in the order in which they were first published."""
        return list(self.first_publications)

    @property
    def first_publications(self) -> dict[str, Event]:
        """The first publication of each question, in order of its time, then question id."""
        first: dict[str, Event] = {}
        for publication in self.publications:
            first.setdefault(question_of(publication), publication)
        return dict(sorted(first.items(), key=lambda item: (item[1].timestamp, item[0])))

    @property
    def asked_questions(self) -> set[str]:
        """Questions published here, or answered or skipped here without a publication."""
        return {*self.published_questions, *(response.question_id for response in self.responses)}


class Facts:
    """What is known in a world; made once a world by `facts_of`."""

    def __init__(self, world: World) -> None:
        self.catalog: Catalog = world.catalog
        self.now = world.now
        events = _distinct(world.events)
        self._keys = _keys(events, world.catalog)
        by_session: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_session[event.session_id].append(event)
        self.sessions = {session_id: self._session(members) for session_id, members in by_session.items()}

    def key_of(self, question_id: str) -> str | None:
        """The correct answer of a question in every session, or None where no one said it."""
        return self._keys.get(question_id)

    def sessions_of_classroom(self, classroom_id: str) -> list[Session]:
        return [session for session in self.sessions.values() if session.classroom_id == classroom_id]

    def sessions_of_quiz(self, quiz_id: str) -> list[Session]:
        return [session for session in self.sessions.values() if session.quiz_id == quiz_id]

    def roster(self, classroom_id: str) -> set[str]:
        """The catalog's students of the classroom, or else everyone who ever answered there."""
        given = self.catalog.rosters.get(classroom_id, ())
        if given:
            return set(given)
        return {answer.student_id for answer in answers_in(self.sessions_of_classroom(classroom_id))}

    def roster_of(self, session: Session) -> set[str]:
        return self.roster(session.classroom_id)

    def student_name(self, student_id: str) -> str:
        return self.catalog.student_names.get(student_id, "")

    def classroom_name(self, classroom_id: str) -> str:
        return self.catalog.classroom_names.get(classroom_id, "")

    def quiz_title(self, quiz_id: str) -> str:
        return self.catalog.quiz_titles.get(quiz_id, "")

    def _session(self, events: list[Event]) -> Session:
        ordered = sorted(events, key=in_time)
        earliest, latest = ordered[0], ordered[-1]
        starts = [event.timestamp for event in ordered if event.event_type == "SESSION_STARTED"]
        ends = [event.timestamp for event in ordered if event.event_type == "SESSION_ENDED"]
        publications = tuple(event for event in ordered if event.event_type == "QUESTION_PUBLISHED")
        submitted = [event for event in ordered if event.event_type == "ANSWER_SUBMITTED"]
        started_at = starts[0] if starts else earliest.timestamp
        ended_at = ends[-1] if ends else latest.timestamp
        return Session(
            session_id=earliest.session_id,
            quiz_id=earliest.quiz_id,
            classroom_id=earliest.classroom_id,
            teacher_id=next((event.teacher_id for event in ordered if event.teacher_id), None),
            started_at=started_at,
            first_event_at=earliest.timestamp,
            last_event_at=latest.timestamp,
            duration=max(ended_at - started_at, timedelta(0)),
            publications=publications,
            responses=tuple(self._response(event, publications) for event in submitted),
        )

    def _response(self, event: Event, publications: tuple[Event, ...]) -> Response:
        text = event.answer or ""
        publication = _publication_of(event, publications)
        key = self.key_of(question_of(event))
        return Response(
            event=event,
            session_id=event.session_id,
            question_id=question_of(event),
            student_id=event.student_id or "",
            at=event.timestamp,
            text=text,
            publication=publication,
            late=publication is not None and event.timestamp > _closes_at(publication),
            response_ms=_response_ms(event, publication) if text else None,
            correct=text == key if text and key is not None else None,
        )


@lru_cache(maxsize=4)
def facts_of(world: World) -> Facts:
    """The facts of a world, kept for the next reports of the same world."""
    return Facts(world)


def in_time(event: Event) -> tuple[datetime, str]:
    """The order of a session's events."""
    return event.timestamp, event.event_id


def question_of(event: Event) -> str:
    """The question of a publication or an answer, which always name one."""
    return event.question_id or ""


def timer_of(publication: Event) -> int:
    """Seconds students have to answer."""
    return DEFAULT_TIMER_SEC if publication.timer_sec is None else publication.timer_sec


def answers_in(sessions: Iterable[Session]) -> list[Response]:
    return [answer for session in sessions for answer in session.answers]


def _distinct(events: Iterable[Event]) -> list[Event]:
    stored: dict[tuple[str, str, datetime], Event] = {}
    for event in events:
        stored.setdefault((event.event_id, event.session_id, event.timestamp), event)
    return list(stored.values())


def _keys(events: list[Event], catalog: Catalog) -> dict[str, str]:
    """The catalog's keys, and for other questions the key of the latest publication that carries one."""
    keys = {
        question_of(event): event.correct_answer
        for event in sorted(events, key=lambda event: (*in_time(event), event.session_id))
        if event.event_type == "QUESTION_PUBLISHED" and event.correct_answer is not None
    }
    keys.update(
        (question, known.correct_answer)
        for question, known in catalog.questions.items()
        if known.correct_answer is not None
    )
    return keys


def _publication_of(answer: Event, publications: tuple[Event, ...]) -> Event | None:
    before = [
        publication
        for publication in publications
        if publication.question_id == answer.question_id and publication.timestamp <= answer.timestamp
    ]
    return max(before, key=in_time, default=None)


def _closes_at(publication: Event) -> datetime:
    return publication.timestamp + timedelta(seconds=timer_of(publication))


def _response_ms(answer: Event, publication: Event | None) -> int | None:
    if answer.response_time_ms is not None:
        return answer.response_time_ms
    if publication is None:
        return None
    taken = answer.timestamp - publication.timestamp
    return taken // timedelta(milliseconds=1) if taken <= LONGEST_RESPONSE else None
