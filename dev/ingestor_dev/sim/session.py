"""The events of one session, made from what all of them share."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestor_dev.sim.behaviour import Response
from ingestor_dev.sim.events import (
    ANSWER_SUBMITTED,
    DEFAULT_TIMER_SEC,
    QUESTION_PUBLISHED,
    SESSION_ENDED,
    SESSION_STARTED,
    Event,
)
from ingestor_dev.sim.ids import derived_id


@dataclass(frozen=True)
class Session:
    """What every event of a session shares, and the moment its clock starts at."""

    id: str
    quiz_id: str
    classroom_id: str
    teacher_id: str
    starts: datetime

    def started(self) -> Event:
        return self._teachers(SESSION_STARTED, 0.0, "started")

    def ended(self, at: float) -> Event:
        return self._teachers(SESSION_ENDED, at, "ended")

    def published(self, question_id: str, at: float, timer_sec: int, key: str | None) -> Event:
        """The publication; a timer of the contract's default length is left out, as apps do."""
        timer = None if timer_sec == DEFAULT_TIMER_SEC else timer_sec
        return Event(
            event_id=derived_id(self.id, "published", question_id),
            event_type=QUESTION_PUBLISHED,
            timestamp=self._time(at),
            session_id=self.id,
            quiz_id=self.quiz_id,
            classroom_id=self.classroom_id,
            question_id=question_id,
            teacher_id=self.teacher_id,
            timer_sec=timer,
            correct_answer=key,
        )

    def answered(self, question_id: str, student_id: str, at: float, response: Response) -> Event:
        """The answer to a question published `response.after_ms` before `at`."""
        return Event(
            event_id=derived_id(self.id, question_id, student_id),
            event_type=ANSWER_SUBMITTED,
            timestamp=self._time(at),
            session_id=self.id,
            quiz_id=self.quiz_id,
            classroom_id=self.classroom_id,
            question_id=question_id,
            student_id=student_id,
            answer=response.answer,
            response_time_ms=response.after_ms,
        )

    def _teachers(self, event_type: str, at: float, name: str) -> Event:
        return Event(
            event_id=derived_id(self.id, name),
            event_type=event_type,
            timestamp=self._time(at),
            session_id=self.id,
            quiz_id=self.quiz_id,
            classroom_id=self.classroom_id,
            teacher_id=self.teacher_id,
        )

    def _time(self, at: float) -> datetime:
        return self.starts + timedelta(milliseconds=round(at * 1000))
