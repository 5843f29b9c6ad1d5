"""What a run of traffic is made of."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ingestor_dev.sim.access import Credentials
from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.world import WorldSize

DEVELOPMENT_WRITER = Credentials("writer.test@example.com", "test123")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Options:
    """A run of simulated traffic, or of the recorded answers in `answers`.

    start: the run's first moment, and part of its session ids; at_once: lessons going on together (None:
    as many as bring the pace's rate in simulated time, or 20); concurrency: requests under way; batch:
    events a request, 1 for single ones; sessions, events: limits; truth: where to keep what was told.
    """

    url: str = "http://127.0.0.1:8080"
    login: Credentials | str = DEVELOPMENT_WRITER
    seed: int = 1
    start: datetime = field(default_factory=_now)
    pace: Pace = Pace(speed=1.0, rate=None)
    batch: int = 1
    concurrency: int = 32
    at_once: int | None = None
    sessions: int | None = None
    events: int | None = None
    size: WorldSize = WorldSize()
    habits: Habits = Habits()
    answers: Path | None = None
    truth: Path | None = None
