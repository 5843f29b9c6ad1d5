"""A step of a lesson: what is sent at which moment."""

from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from ingestor_dev.sim.events import Event


class CatalogPut(NamedTuple):
    """A catalog entry to be put: the path below the API's base path, and the JSON body."""

    path: str
    body: bytes


class Step(NamedTuple):
    """Something to send `at` seconds of simulated time; `repeat`: a second sending of the same event."""

    at: float
    item: Event | CatalogPut
    repeat: bool = False


def in_order(steps: Iterable[Step]) -> list[Step]:
    """The steps by time; those of one moment stay as given."""
    return sorted(steps, key=lambda step: step.at)


def with_repeats(steps: Iterable[Step], share: float, rng: Random) -> list[Step]:
    """The steps and, for a share of the events, the same event again up to 5 s later."""
    result: list[Step] = []
    for step in steps:
        result.append(step)
        if isinstance(step.item, Event) and rng.random() < share:
            result.append(Step(step.at + rng.uniform(0.2, 5.0), step.item, repeat=True))
    return in_order(result)
