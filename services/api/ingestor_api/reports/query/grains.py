"""The groups of each grain, made apart from the others' so that no join multiplies a fact."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ingestor_api.reports.query import everything
from ingestor_api.reports.query.measures import MEASURES
from ingestor_api.reports.query.parts import between, where
from ingestor_api.reports.query.sources import OF_RESPONSES, Source, first
from ingestor_api.reports.query.vocabulary import OWNERS, Aggregate, Dimension, Grain, MeanOf, Measure, Owner, Part
from ingestor_api.reports.query.wanted import Wanted


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the facts of a grain are read: `key` identifies a fact, `at` is its time, `asked` names its question."""

    source: str
    key: tuple[str, ...]
    at: str
    asked: str


_SHAPES: Final = {
    Grain.QUESTION: _Shape(
        source="published q JOIN chosen s USING (session_id)",
        key=("session_id", "question_id"),
        at="q.first_published_at",
        asked="q",
    ),
    Grain.SESSION: _Shape(source="chosen s", key=("session_id",), at="s.started_at", asked="a"),
}
_VALUE_PARTS: Final = {
    Part.PACE: "LEFT JOIN pace p ON p.session_id = s.session_id",
    Part.STUDENTS_ANSWERING: "LEFT JOIN students_answering r"
    " ON r.session_id = q.session_id AND r.question_id = q.question_id",
    Part.FIRST_ANSWERS: "LEFT JOIN first_answers f ON f.session_id = q.session_id AND f.question_id = q.question_id",
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


def groups(grain: Grain, wanted: Wanted, of_grain: dict[str, Aggregate], source: Source) -> str:
    """`<grain>_groups`: a row a group, with its dimensions d1, d2, ... and the aggregates by their names."""
    if grain not in OF_RESPONSES:
        return _of_members(grain, wanted, of_grain, source)
    if source.projection is None:
        return _of_responses(grain, wanted, of_grain)
    return _of_counted(grain, wanted, of_grain, source)


def _of_responses(grain: Grain, wanted: Wanted, of_grain: dict[str, Aggregate]) -> str:
    kind = "a.answered" if grain is Grain.ANSWER else "NOT a.answered"
    columns = [f"{aggregate.sql} AS {name}" for name, aggregate in of_grain.items()]
    rows = _Rows("responses", (kind, *between(_AT, wanted.start, wanted.end)), is_split=False)
    return _named(
        grain, f"{rows.select(wanted, columns, joins=_enrolled(wanted, of_grain.values()))} {_group_by(wanted)}"
    )


def _of_counted(grain: Grain, wanted: Wanted, of_grain: dict[str, Aggregate], source: Source) -> str:
    kind = ["a.answers > 0" if grain is Grain.ANSWER else "a.skips > 0"]
    if source.is_split:
        # A row of a whole session has no time, since it needs none: it is in the range, and in the session's own group.
        in_range = " AND ".join([f"{_AT} IS NOT NULL", *between(_AT, wanted.start, wanted.end)])
        kind.append(f"(s.is_whole OR {in_range})")
    rows = _Rows("counted", tuple(kind), is_split=source.is_split)
    sums = {name: one.counted for name, one in of_grain.items() if not one.distinct}
    selects = [f"{rows.select(wanted, _columns(of_grain, sums))} {_group_by(wanted)}"] if sums else []
    for name, one in of_grain.items():
        if one.distinct and source.is_of_one_session(wanted.dimensions):
            columns = _columns(of_grain, {name: f"count({one.counted})"})
            selects.append(f"{rows.select(wanted, columns, joins=_enrolled(wanted, [one]))} {_group_by(wanted)}")
        elif one.distinct and source.is_split and not wanted.lookups.by_index:
            students = rows.select(wanted, [*everything.STUDENTS], joins=everything.LISTED)
            columns = [*wanted.columns, *_columns(of_grain, {name: "students"})]
            selects.append(f"SELECT {', '.join(columns)} FROM ({everything.different(wanted.columns, students)}) a")
        elif one.distinct:
            # A hash table of the groups' values: count(DISTINCT) would sort all rows.
            joins = _enrolled(wanted, [one])
            values = rows.select(wanted, [f"{one.counted} AS value"], distinct=True, joins=joins)
            columns = [*wanted.columns, *_columns(of_grain, {name: "count(value)"})]
            selects.append(f"SELECT {', '.join(columns)} FROM ({values}) a {_group_by(wanted)}")
    return _named(grain, " UNION ALL ".join(selects))


def _columns(of_grain: dict[str, Aggregate], told: Mapping[str, str | None]) -> list[str]:
    return [f"{told.get(name) or MEASURES[name].nothing} AS {name}" for name in of_grain]


def _named(grain: Grain, select: str) -> str:
    return f"""
    {grain}_groups AS (
        {select}
    )"""


_ROSTER: Final = """
        LEFT JOIN roster enrolled ON enrolled.classroom_id = s.classroom_id AND enrolled.student_id = a.student_id"""


def _enrolled(wanted: Wanted, aggregates: Iterable[Aggregate]) -> str:
    """Joined to answers, if one of the aggregates needs it: enrolled(student_id), null for who is not on the roster."""
    if not any(Part.ROSTER in one.needs for one in aggregates):
        return ""
    return _ROSTER if wanted.lookups.by_index else everything.ENROLLED


_AT: Final = 'a."timestamp"'


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of answers and skips, of those for which `kind` holds and what the query wants besides."""

    table: str
    kind: tuple[str, ...]
    is_split: bool

    def select(self, wanted: Wanted, columns: list[str], *, distinct: bool = False, joins: str = "") -> str:
        chosen = [*self.kind, *_conditions(wanted, wanted.all_dimensions, _AT, "a", is_split=self.is_split)]
        # They are of the chosen sessions in any case.
        told_by_sessions = any(dimension.owner is Owner.SESSION for dimension in wanted.dimensions)
        sessions = " JOIN chosen s USING (session_id)" * (self.is_split or told_by_sessions or joins != "")
        return f"""SELECT {"DISTINCT " * distinct}{", ".join([*_dimensions(wanted, is_split=self.is_split), *columns])}
        FROM {self.table} a{sessions}{_looked_up(wanted, wanted.all_dimensions, "a")}{joins}
        {where(chosen)}"""


def _of_members(grain: Grain, wanted: Wanted, of_grain: dict[str, Aggregate], source: Source) -> str:
    shape = _SHAPES[grain]
    own = [dimension for dimension in wanted.all_dimensions if dimension.owner in OWNERS[grain]]
    given = _given(grain, wanted, source) if wanted.of_answers(grain) else ""
    columns = [
        f"{_value(dimension, shape.at, shape.asked)} AS {column}" if dimension in own else f"given.{column}"
        for dimension, column in zip(wanted.dimensions, wanted.columns, strict=True)
    ]
    needs = {part for one in of_grain.values() for part in one.needs}
    values = "".join(f" {join}" for part, join in _VALUE_PARTS.items() if part in needs)
    chosen = [*between(shape.at, wanted.start, wanted.end), *_conditions(wanted, own, shape.at, shape.asked)]
    return _named(
        grain,
        f"""SELECT {", ".join([*columns, *(f"{aggregate.sql} AS {name}" for name, aggregate in of_grain.items())])}
        FROM {shape.source}{given}{_looked_up(wanted, own, shape.asked)}{values}
        {where(chosen)} {_group_by(wanted)}""",
    )


def _given(grain: Grain, wanted: Wanted, source: Source) -> str:
    """Joined to the facts of the grain: given(d1, d2, ...), the dimensions of answers, once for each of their values
    among the answers given to a fact."""
    key = _SHAPES[grain].key
    foreign = [dimension for dimension in wanted.all_dimensions if dimension.owner not in OWNERS[grain]]
    columns = [f"a.{column}" for column in key]
    columns += [
        f"{_value(dimension, _AT, 'a')} AS {column}"
        for dimension, column in zip(wanted.dimensions, wanted.columns, strict=True)
        if dimension in foreign
    ]
    answers, kind = ("responses", "a.answered") if source.projection is None else ("counted", "a.answers > 0")
    return f"""
        JOIN (
            SELECT {"DISTINCT " * (not source.tells_apart(wanted.dimensions))}{", ".join(columns)}
            FROM {answers} a{_looked_up(wanted, foreign, "a")}
            {where([kind, *_conditions(wanted, foreign, _AT, "a")])}
        ) given USING ({", ".join(key)})"""


def _dimensions(wanted: Wanted, *, is_split: bool) -> list[str]:
    named = zip(wanted.dimensions, wanted.columns, strict=True)
    return [f"{_value(dimension, _AT, 'a', is_split=is_split)} AS {column}" for dimension, column in named]


def _conditions(
    wanted: Wanted, among: Collection[Dimension], at: str, asked: str, *, is_split: bool = False
) -> list[str]:
    """The filters by the dimensions `among` that `chosen` has not seen to."""
    found = []
    for condition in wanted.conditions:
        if condition.dimension in among and condition.dimension.owner is not Owner.SESSION:
            value = _value(condition.dimension, at, asked, is_split=is_split)
            found.append(condition.over(f"({condition.dimension.shown.format(key=value)})"))
    return found


def _value(dimension: Dimension, at: str, asked: str, *, is_split: bool = False) -> str:
    value = dimension.sql.format(at=at, asked=asked)
    if is_split and dimension.owner is Owner.TIME:
        return f"CASE WHEN {at} IS NULL THEN s.{first(dimension)} ELSE {value} END"
    return value


def _looked_up(wanted: Wanted, among: Collection[Dimension], asked: str) -> str:
    """Joins to what the dimensions `among` take."""
    needs = {part for dimension in among for part in dimension.needs}
    joins = {
        Part.DIFFICULTY: f" LEFT JOIN difficulty d ON d.question_id = {asked}.question_id",
        Part.STUDENT_NAMES: " " + wanted.lookups.row_or_null("students", "n", "n.student_id = a.student_id"),
    }
    return "".join(join for part, join in joins.items() if part in needs)


def _group_by(wanted: Wanted) -> str:
    return f"GROUP BY {', '.join(wanted.columns)}" if wanted.columns else ""
