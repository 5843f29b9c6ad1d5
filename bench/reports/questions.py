"""What is asked of the ad-hoc query: everything that projections tell, over the whole school and of one part of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from bench.reports.calls import Ids

from ingestor_api.reports.query.asked import understood
from ingestor_api.reports.query.dimensions import DIMENSIONS
from ingestor_api.reports.query.measures import MEASURES
from ingestor_api.reports.query.request import MAX_LIMIT, QueryRequest
from ingestor_api.reports.query.statement import Statement, statement_of

WHOLE_LIMIT_MS: Final = 1000.0
PART_LIMIT_MS: Final = 100.0
PARTS: Final = ("quiz_id", "classroom_id", "session_id")

# Told by projections too, but not by few rows of them: see docs/query.md.
_LARGE_MEASURES: Final = frozenset({"question_engagement_rate"})
_LARGE_DIMENSIONS: Final = frozenset({"event_hour", "time_bucket", "student_name"})


@dataclass(frozen=True, slots=True)
class Question:
    """A covered measure by a dimension, or by none."""

    measure: str
    dimension: str | None

    @property
    def name(self) -> str:
        return self.measure if self.dimension is None else f"{self.measure} by {self.dimension}"

    def statement(self, filters: dict[str, Any] | None = None) -> Statement:
        dimensions = [] if self.dimension is None else [self.dimension]
        request = QueryRequest(measures=[self.measure], dimensions=dimensions, filters=filters or {}, limit=MAX_LIMIT)
        return statement_of(understood(request))


def covered() -> list[Question]:
    """All questions of one measure that are answered without reading single answers."""
    measures = [name for name in MEASURES if name not in _LARGE_MEASURES]
    dimensions = [None, *(name for name in DIMENSIONS if name not in _LARGE_DIMENSIONS)]
    questions = [Question(*pair) for pair in product(measures, dimensions)]
    return [question for question in questions if not question.statement().uncounted]


def of_parts(ids: list[Ids]) -> Iterator[tuple[str, Statement]]:
    """One question about one quiz, one classroom and one session for each of `ids`, each with the part's name."""
    chance = random.Random(14)
    questions = covered()
    for one in ids:
        for part in PARTS:
            yield part, chance.choice(questions).statement({part: str(one.values[part])})
