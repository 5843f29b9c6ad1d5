"""The groups of each grain, made apart from the others' so that no join multiplies a fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingestor_api.reports.query.filters import Condition
from ingestor_api.reports.query.lookups import Lookups
from ingestor_api.reports.query.measures import MEASURES
from ingestor_api.reports.query.parts import between, where
from ingestor_api.reports.query.vocabulary import OWNERS, Aggregate, Dimension, Grain, MeanOf, Measure, Owner, Part


@dataclass(frozen=True, slots=True)
class Wanted:
    """What every grain is grouped and chosen by; `start` and `end` are parameters."""

    dimensions: tuple[Dimension, ...]
    conditions: tuple[Condition, ...]
    start: str | None
    end: str | None

    @property
    def all_dimensions(self) -> tuple[Dimension, ...]:
        return (*self.dimensions, *(condition.dimension for condition in self.conditions))

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


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the facts of a grain are read: `key` identifies a fact, `at` is its time, `asked` names its question."""

    source: str
    answers: str
    key: tuple[str, ...]
    at: str
    asked: str


_RESPONSES: Final = "responses a JOIN chosen s USING (session_id)"
_SHAPES: Final = {
    Grain.QUESTION: _Shape(
        source="published q JOIN chosen s USING (session_id)",
        answers="JOIN responses a ON a.session_id = q.session_id AND a.question_id = q.question_id AND a.answered",
        key=("q.session_id", "q.question_id"),
        at="q.first_published_at",
        asked="q",
    ),
    Grain.SESSION: _Shape(
        source="chosen s",
        answers="JOIN responses a ON a.session_id = s.session_id AND a.answered",
        key=("s.session_id",),
        at="s.started_at",
        asked="a",
    ),
}
_VALUE_PARTS: Final = {
    Part.PACE: "LEFT JOIN pace p USING (session_id)",
    Part.STUDENTS_ANSWERING: "LEFT JOIN students_answering r USING (session_id, question_id)",
    Part.FIRST_ANSWERS: "LEFT JOIN first_answers f USING (session_id, question_id)",
}


def aggregates(measures: Sequence[Measure]) -> dict[Grain, dict[str, Aggregate]]:
    """The aggregates that the measures need, by grain; a mean of measures needs both."""
    found: dict[Grain, dict[str, Aggregate]] = {}
    for measure in measures:
        parts = (measure.of.first, measure.of.second) if isinstance(measure.of, MeanOf) else (measure.name,)
        for name in parts:
            aggregate = MEASURES[name].of
            if isinstance(aggregate, Aggregate):
                found.setdefault(aggregate.grain, {})[name] = aggregate
    return found


def groups(grain: Grain, wanted: Wanted, of_grain: dict[str, Aggregate]) -> str:
    """`<grain>_groups`: a row a group, with its dimensions d1, d2, ... and the aggregates by their names."""
    columns = [f"{aggregate.sql} AS {name}" for name, aggregate in of_grain.items()]
    if grain in (Grain.ANSWER, Grain.SKIP):
        return _of_responses(grain, wanted, columns)
    return _of_members(grain, wanted, columns, {part for one in of_grain.values() for part in one.needs})


def _of_responses(grain: Grain, wanted: Wanted, columns: list[str]) -> str:
    at = 'a."timestamp"'
    kind = "a.answered" if grain is Grain.ANSWER else "NOT a.answered"
    chosen = [kind, *between(at, wanted.start, wanted.end), *_conditions(wanted, at, "a")]
    return f"""
    {grain}_groups AS (
        SELECT {", ".join([*_dimensions(wanted, at, "a"), *columns])}
        FROM {_RESPONSES}{_looked_up(wanted, "a")}
        {where(chosen)}
        {_group_by(wanted)}
    )"""


def _of_members(grain: Grain, wanted: Wanted, columns: list[str], needs: set[Part]) -> str:
    shape = _SHAPES[grain]
    of_answers = wanted.of_answers(grain)
    chosen = [*between(shape.at, wanted.start, wanted.end), *_conditions(wanted, shape.at, shape.asked)]
    values = "".join(f" {join}" for part, join in _VALUE_PARTS.items() if part in needs)
    return f"""
    {grain}_groups AS (
        WITH members AS (
            SELECT {"DISTINCT " * of_answers}{", ".join([*shape.key, *_dimensions(wanted, shape.at, shape.asked)])}
            FROM {shape.source}{f" {shape.answers}" * of_answers}{_looked_up(wanted, shape.asked)}
            {where(chosen)}
        )
        SELECT {", ".join([*wanted.columns, *columns])}
        FROM members JOIN chosen s USING (session_id){values}
        {_group_by(wanted)}
    )"""


def _dimensions(wanted: Wanted, at: str, asked: str) -> list[str]:
    named = zip(wanted.dimensions, wanted.columns, strict=True)
    return [f"{dimension.sql.format(at=at, asked=asked)} AS {column}" for dimension, column in named]


def _conditions(wanted: Wanted, at: str, asked: str) -> list[str]:
    """The filters that `chosen` has not seen to."""
    others = [condition for condition in wanted.conditions if condition.dimension.owner is not Owner.SESSION]
    return [condition.over(f"({condition.dimension.sql.format(at=at, asked=asked)})") for condition in others]


def _looked_up(wanted: Wanted, asked: str) -> str:
    needs = {part for dimension in wanted.all_dimensions for part in dimension.needs}
    joins = {
        Part.DIFFICULTY: f" LEFT JOIN difficulty d ON d.question_id = {asked}.question_id",
        Part.STUDENT_NAMES: " " + wanted.lookups.row_or_null("students", "n", "n.student_id = a.student_id"),
    }
    return "".join(join for part, join in joins.items() if part in needs)


def _group_by(wanted: Wanted) -> str:
    return f"GROUP BY {', '.join(wanted.columns)}" if wanted.columns else ""
