"""Many lessons at once, merged into one sequence by time."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from random import Random

from ingestor_dev.sim.events import Event
from ingestor_dev.sim.steps import Step

# Gives lesson `number`, that begins at so many simulated seconds, its steps counted from 0; None: no more.
LessonSource = Callable[[int, float], Sequence[Step] | None]

# When its next step is due, its slot, when it began, the steps after the next one, the next one.
_Running = tuple[float, int, float, Iterator[Step], Step]

FIRST_STARTS_SPREAD_SEC = 40.0
_BREAK_SEC = 60.0


def schedule(source: LessonSource, at_once: int, begins: float = 0.0) -> Iterator[Step]:
    """The steps of all lessons by simulated time, with at most `at_once` lessons going on.

    A lesson's end makes room for the next a minute later. The first lessons begin at different moments of
    the first 40 s from `begins` on, so that their questions do not come in lockstep.
    """
    rng = Random("schedule")
    numbers = count()
    running: list[_Running] = []
    for slot in range(at_once):
        first = begins + FIRST_STARTS_SPREAD_SEC * rng.random() if slot else begins
        _begin(running, slot, first, numbers, source)
    while running:
        at, slot, began, steps, step = running[0]
        yield step._replace(at=at)
        following = next(steps, None)
        if following is not None:
            heapq.heapreplace(running, (began + following.at, slot, began, steps, following))
        else:
            heapq.heappop(running)
            _begin(running, slot, at + _BREAK_SEC, numbers, source)


def _begin(running: list[_Running], slot: int, begins: float, numbers: Iterator[int], source: LessonSource) -> None:
    lesson = source(next(numbers), begins)
    if lesson:
        steps = iter(lesson)
        first = next(steps)
        heapq.heappush(running, (begins + first.at, slot, begins, steps, first))


def first_events(steps: Iterable[Step], limit: int) -> Iterator[Step]:
    """The steps up to the `limit`-th event; second sendings of an event are not counted."""
    seen = 0
    for step in steps:
        if isinstance(step.item, Event) and not step.repeat:
            if seen == limit:
                return
            seen += 1
        yield step
