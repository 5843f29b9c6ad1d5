"""The SQL of a query: text from the model alone, values as parameters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

from ingestor_api.reports.query import parts, rounding
from ingestor_api.reports.query.asked import Query
from ingestor_api.reports.query.filters import conditions
from ingestor_api.reports.query.grains import aggregates, groups
from ingestor_api.reports.query.measures import MEASURES
from ingestor_api.reports.query.sources import EVENTS, OF_RESPONSES, Source, divided_by, source_of, uncounted, wholeness
from ingestor_api.reports.query.vocabulary import Aggregate, Dimension, Grain, MeanOf, Measure, Part
from ingestor_api.reports.query.wanted import Wanted

_BEYOND_SESSIONS: Final = {
    Part.DIFFICULTY: parts.difficulty,
    Part.PACE: parts.pace,
    Part.STUDENTS_ANSWERING: parts.students_answering,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with $1, $2, ... and the values for them.

    `reads_through`: it is about everything, and is to read through tables. `uncounted`: the names for which it reads
    every answer by itself, instead of a projection. `divided_by`: those for which it reads the answers of some sessions
    so.
    """

    sql: str
    arguments: tuple[object, ...]
    reads_through: bool
    uncounted: Sequence[str] = ()
    divided_by: Sequence[str] = ()


def statement_of(query: Query, *, of_events: bool = False) -> Statement:
    """The one statement that answers the query: a row a group, its columns named as they are asked for.

    Answers that a projection has counted are taken from there, unless it shall be `of_events`: the same figures.
    """
    arguments: list[object] = []

    def bind(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    wanted = Wanted(
        query.dimensions,
        conditions(query.filters, bind),
        None if query.start is None else bind(query.start),
        None if query.end is None else bind(query.end),
    )
    by_grain = aggregates(query.measures)
    source = EVENTS if of_events else source_of(wanted, by_grain)
    expressions = _common(wanted, by_grain, source)
    expressions += [groups(grain, wanted, of_grain, source) for grain, of_grain in by_grain.items()]
    sql = f"""
WITH{",".join(expressions)},{_combined(wanted, by_grain)}
SELECT * FROM (
    SELECT {", ".join(_shown(query, wanted))} FROM ({_merged(wanted, by_grain)}) grouped
) result
{_order_by(query)}LIMIT {bind(query.limit)}
"""
    return Statement(
        _tidy(sql),
        tuple(arguments),
        reads_through=not wanted.lookups.by_index,
        uncounted=uncounted(wanted, by_grain) if source == EVENTS else (),
        divided_by=divided_by(wanted) if source.is_split else (),
    )


def _common(wanted: Wanted, by_grain: dict[Grain, dict[str, Aggregate]], source: Source) -> list[str]:
    needs = {part for of_grain in by_grain.values() for one in of_grain.values() for part in one.needs}
    needs |= {part for dimension in wanted.all_dimensions for part in dimension.needs}
    told = wholeness(wanted) if source.is_split else ""
    found = parts.sessions(needs, wanted.conditions, wanted.start, wanted.end, wanted.lookups, told)
    # How many different students there are, no more: that takes no grading.
    are_graded = any(not one.distinct for grain in OF_RESPONSES & by_grain.keys() for one in by_grain[grain].values())
    if source.is_split:
        found.append(parts.responses_of_the_rest(are_graded=are_graded))
    elif source == EVENTS:
        found.append(parts.responses(needs, wanted.lookups))
    if source.projection is not None:
        found.append(parts.counted(source.projection, wanted.lookups, is_split=source.is_split, are_graded=are_graded))
    if Grain.QUESTION in by_grain:
        found.append(parts.published(wanted.lookups, needs))
    found += [part_of(wanted.lookups) for part, part_of in _BEYOND_SESSIONS.items() if part in needs]
    return found + [parts.FIRST_ANSWERS] * (Part.FIRST_ANSWERS in needs)


def _combined(wanted: Wanted, by_grain: dict[Grain, dict[str, Aggregate]]) -> str:
    """The groups of all grains under each other, each with its own aggregates and nulls for the others'."""
    names = [name for of_grain in by_grain.values() for name in of_grain]
    selects = [
        "SELECT "
        + ", ".join([*wanted.columns, *(_or_nothing(name, of_grain) for name in names)])
        + f" FROM {grain}_groups"
        for grain, of_grain in by_grain.items()
    ]
    return "\n    combined AS (\n        " + "\n        UNION ALL ".join(selects) + "\n    )"


def _or_nothing(name: str, of_grain: Collection[str]) -> str:
    return name if name in of_grain else f"{MEASURES[name].nothing} AS {name}"


def _merged(wanted: Wanted, by_grain: dict[Grain, dict[str, Aggregate]]) -> str:
    """A row a group. Of its rows, one a grain, only that of a measure's own grain has the measure: max finds it."""
    names = [f"max({name}) AS {name}" for of_grain in by_grain.values() for name in of_grain]
    group_by = f" GROUP BY {', '.join(wanted.columns)}" if wanted.columns else ""
    return f"SELECT {', '.join([*wanted.columns, *names])} FROM combined{group_by}"


def _shown(query: Query, wanted: Wanted) -> list[str]:
    dimensions = zip(wanted.columns, query.dimensions, strict=True)
    return [
        *(f"{dimension.shown.format(key=column)} AS {dimension.name}" for column, dimension in dimensions),
        *(f"{_final(measure)} AS {measure.name}" for measure in query.measures),
    ]


def _final(measure: Measure) -> str:
    if measure.is_count:
        return f"coalesce({measure.name}, 0)::bigint"
    if isinstance(measure.of, MeanOf):
        return rounding.rounded_mean(measure.of.first, measure.of.second)
    return rounding.rounded(measure.name)


def _order_by(query: Query) -> str:
    orders = [_ordered(order.field, order.descending) for order in query.order_by]
    orders += [_ordered(dimension, descending=False) for dimension in query.dimensions]
    return f"ORDER BY {', '.join(orders)}\n" if orders else ""


def _ordered(field: Measure | Dimension, descending: bool) -> str:
    collation = ' COLLATE "C"' if isinstance(field, Dimension) and field.sql_type == "text" else ""
    return f"result.{field.name}{collation} {'DESC' if descending else 'ASC'} NULLS LAST"


def _tidy(sql: str) -> str:
    return "\n".join(line.rstrip() for line in dedent(sql).splitlines() if line.strip())
