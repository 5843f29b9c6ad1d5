"""From a run's options to its catalog and its schedule."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from ingestor_dev.sim.answers_file import read_answers
from ingestor_dev.sim.catalog import world_catalog
from ingestor_dev.sim.events import Event
from ingestor_dev.sim.lesson import Lessons
from ingestor_dev.sim.options import Options
from ingestor_dev.sim.replay import Replay
from ingestor_dev.sim.schedule import FIRST_STARTS_SPREAD_SEC, LessonSource, first_events, schedule
from ingestor_dev.sim.steps import CatalogPut, Step
from ingestor_dev.sim.world import WorldSize

_AT_ONCE = 20
_SAMPLED_LESSONS = 5
# As fast as it goes, simulated time runs ahead of the clock, and events of tomorrow are refused.
_TIMES_REPEAT_AFTER_SEC = 12 * 3600.0


@dataclass(frozen=True)
class Plan:
    """What a run sends: first the catalog's entries, then the steps."""

    catalog: Iterator[CatalogPut]
    steps: Iterator[Step]


def make_plan(options: Options) -> Plan:
    """The plan; it follows from the options alone. SimulatorError where the answers file is wrong."""
    if options.answers is not None:
        return _replay(options, options.answers)
    at_once = options.at_once or _lessons_for_the_rate(options)
    lessons = _lessons(options, _with_room(options.size, at_once))

    def source(number: int, begins: float) -> list[Step] | None:
        if _beyond(options, number):
            return None
        return lessons.lesson(number, options.start + timedelta(seconds=_clock(options, begins)))

    return Plan(world_catalog(options.seed, lessons.size), _steps(options, source, at_once))


def _replay(options: Options, answers: Path) -> Plan:
    replay = Replay(read_answers(answers), options.seed, options.start, options.habits.repeat)

    def source(number: int, begins: float) -> list[Step] | None:
        return None if _beyond(options, number) else replay.lesson(number)

    return Plan(replay.catalog(), _steps(options, source, options.at_once or _AT_ONCE))


def _steps(options: Options, source: LessonSource, at_once: int) -> Iterator[Step]:
    # In real time there is something to see at once: the first lessons are under way by then.
    begins = 0.0 if options.pace.speed is None else -FIRST_STARTS_SPREAD_SEC
    steps = schedule(source, at_once, begins)
    return steps if options.events is None else first_events(steps, options.events)


def _beyond(options: Options, number: int) -> bool:
    return options.sessions is not None and number >= options.sessions


def _clock(options: Options, begins: float) -> float:
    """A lesson's start in seconds after the run's: the real time at which it is sent, where that is known."""
    if options.pace.speed is None:
        return begins % _TIMES_REPEAT_AFTER_SEC
    return begins / options.pace.speed


def _lessons(options: Options, size: WorldSize) -> Lessons:
    return Lessons(options.seed, options.start, size, options.habits)


def _lessons_for_the_rate(options: Options) -> int:
    """How many lessons together make as many events a second as are wanted, judged by the first few."""
    if options.pace.speed is None or options.pace.rate is None:
        return _AT_ONCE
    lessons = _lessons(options, options.size)
    sample = [lessons.lesson(number, options.start) for number in range(_SAMPLED_LESSONS)]
    events = sum(isinstance(step.item, Event) for steps in sample for step in steps)
    seconds = sum(max(step.at for step in steps if isinstance(step.item, Event)) for steps in sample)
    return max(1, math.ceil(options.pace.rate / options.pace.speed * seconds / events))


def _with_room(size: WorldSize, at_once: int) -> WorldSize:
    """At least as many classrooms as lessons go on at once: nobody sits in two."""
    return replace(size, schools=max(size.schools, math.ceil(at_once / size.classrooms)))
