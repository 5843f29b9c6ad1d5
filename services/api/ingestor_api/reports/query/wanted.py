"""What every grain of a query is grouped and chosen by."""

from dataclasses import dataclass

from ingestor_api.reports.query.filters import Condition
from ingestor_api.reports.query.lookups import Lookups
from ingestor_api.reports.query.vocabulary import OWNERS, Dimension, Grain, Owner


@dataclass(frozen=True, slots=True)
class Wanted:
    """`start` and `end` are parameters, None where the time is open."""

    dimensions: tuple[Dimension, ...]
    conditions: tuple[Condition, ...]
    start: str | None
    end: str | None

    @property
    def all_dimensions(self) -> tuple[Dimension, ...]:
        return (*self.dimensions, *(condition.dimension for condition in self.conditions))

    @property
    def times(self) -> tuple[Dimension, ...]:
        return tuple(dimension for dimension in self.all_dimensions if dimension.owner is Owner.TIME)

    @property
    def is_of_times(self) -> bool:
        """Whether it matters when an answer was given."""
        return bool(self.times) or self.start is not None or self.end is not None

    @property
    def lookups(self) -> Lookups:
        """By index where sessions are chosen; other filters are for answers, which are found in any session."""
        of_sessions = any(condition.dimension.owner is Owner.SESSION for condition in self.conditions)
        return Lookups(by_index=of_sessions or self.start is not None or self.end is not None)

    @property
    def columns(self) -> list[str]:
        """What the dimensions are called until the last step; their own names may stand for something else."""
        return [f"d{number}" for number in range(1, len(self.dimensions) + 1)]

    def of_answers(self, grain: Grain) -> bool:
        """Whether the grain's facts are found by the answers given to them."""
        return any(dimension.owner not in OWNERS[grain] for dimension in self.all_dimensions)
