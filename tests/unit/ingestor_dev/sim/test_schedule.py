from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.events import SESSION_ENDED, SESSION_STARTED, Event
from ingestor_dev.sim.lesson import Lessons
from ingestor_dev.sim.schedule import first_events, schedule
from ingestor_dev.sim.steps import Step
from ingestor_dev.sim.world import WorldSize

_START = datetime(2026, 9, 1, tzinfo=UTC)
_LESSONS = Lessons(1, _START, WorldSize(students=5, questions=3), Habits(repeat=0.1))


def _source(number: int, begins: float) -> Sequence[Step] | None:
    return _LESSONS.lesson(number, _START) if number < 30 else None


def test_lessons_are_merged_by_time_and_none_is_left_out() -> None:
    steps = list(schedule(_source, at_once=7))
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    expected = sorted(str(step.item) for number in range(30) for step in _LESSONS.lesson(number, _START))
    assert sorted(str(step.item) for step in steps) == expected


def test_no_more_lessons_go_on_at_once_than_asked_for() -> None:
    going_on: set[str] = set()
    most = 0
    for step in schedule(_source, at_once=4):
        if isinstance(step.item, Event) and step.item.event_type == SESSION_STARTED:
            going_on.add(step.item.session_id)
        elif isinstance(step.item, Event) and step.item.event_type == SESSION_ENDED:
            going_on.discard(step.item.session_id)
        most = max(most, len(going_on))
    assert most == 4


def test_a_schedule_without_end_is_drawn_step_by_step() -> None:
    endless = schedule(lambda number, begins: _LESSONS.lesson(number, _START), at_once=3)
    assert len(list(islice(endless, 5000))) == 5000


def test_a_limit_of_events_counts_each_event_once() -> None:
    steps = list(first_events(schedule(_source, at_once=4), 100))
    assert sum(isinstance(step.item, Event) and not step.repeat for step in steps) == 100
    assert any(step.repeat for step in steps)
