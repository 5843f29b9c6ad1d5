"""Ad-hoc queries: each grain is grouped by itself, then the groups are put side by side."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Literal, TypeVar

from oracle.arithmetic import mean, shown
from oracle.facts import Facts, answers_in, facts_of
from oracle.pages import Body
from oracle.query_dimensions import (
    PublishedQuestion,
    Value,
    Values,
    question_rows,
    response_rows,
    session_rows,
)
from oracle.query_measures import (
    ANSWER_MEASURES,
    COUNTS,
    DERIVED_MEASURES,
    QUESTION_MEASURES,
    SESSION_MEASURES,
    SKIP_MEASURES,
    Number,
)
from oracle.world import World

DEFAULT_LIMIT = 1000
Fact = TypeVar("Fact")
Group = tuple[Value, ...]
Results = dict[Group, dict[str, Number]]


@dataclass(frozen=True)
class Order:
    """One name of the query to sort by."""

    name: str
    direction: Literal["ASC", "DESC"] = "ASC"


@dataclass(frozen=True)
class Query:
    """A valid query; `start <= t < end`, each side open where None."""

    measures: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    filters: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    order_by: tuple[Order, ...] = ()
    limit: int = DEFAULT_LIMIT


def answer_query(world: World, query: Query) -> Body:
    """`{data, count}` of a query."""
    facts = facts_of(world)
    groups = _groups(facts, query)
    if not query.dimensions:
        groups.setdefault((), {})
    rows = [_row(query, group, values) for group, values in groups.items()]
    data = _ordered(rows, query)[: query.limit]
    return {"data": data, "count": len(data)}


def _groups(facts: Facts, query: Query) -> Results:
    """The values of every grain that the measures need, by group."""
    base = {name for measure in query.measures for name in DERIVED_MEASURES.get(measure, (measure,))}
    needed = {*query.dimensions, *query.filters}
    sessions = list(facts.sessions.values())
    answers = answers_in(sessions)
    skips = [skip for session in sessions for skip in session.skips]
    questions = [
        PublishedQuestion(session, publication)
        for session in sessions
        for publication in session.first_publications.values()
    ]
    grains = [
        _measured(
            facts,
            _chosen(base, ANSWER_MEASURES),
            _grouped(query, answers, lambda one: one.at, lambda one: response_rows(facts, one)),
        ),
        _measured(
            facts,
            _chosen(base, SKIP_MEASURES),
            _grouped(query, skips, lambda one: one.at, lambda one: response_rows(facts, one)),
        ),
        _measured(
            facts,
            _chosen(base, QUESTION_MEASURES),
            _grouped(
                query,
                questions,
                lambda one: one.publication.timestamp,
                lambda one: question_rows(facts, one, needed),
            ),
        ),
        _measured(
            facts,
            _chosen(base, SESSION_MEASURES),
            _grouped(query, sessions, lambda one: one.started_at, lambda one: session_rows(facts, one, needed)),
        ),
    ]
    return _side_by_side(grains)


def _chosen(
    names: set[str], measures: dict[str, Callable[[Facts, Sequence[Fact]], Number]]
) -> dict[str, Callable[[Facts, Sequence[Fact]], Number]]:
    return {name: measure for name, measure in measures.items() if name in names}


def _grouped(
    query: Query,
    facts: Iterable[Fact],
    time_of: Callable[[Fact], datetime],
    rows_of: Callable[[Fact], list[Values]],
) -> dict[Group, list[Fact]]:
    """The facts of each group, each fact once in a group however many of its rows fall there."""
    groups: dict[Group, list[Fact]] = defaultdict(list)
    for fact in facts:
        if not _in_range(time_of(fact), query):
            continue
        matching = [row for row in rows_of(fact) if _matches(row, query)]
        for group in {tuple(row[dimension] for dimension in query.dimensions) for row in matching}:
            groups[group].append(fact)
    return groups


def _measured(
    facts: Facts,
    measures: dict[str, Callable[[Facts, Sequence[Fact]], Number]],
    groups: dict[Group, list[Fact]],
) -> Results:
    """The measures of each group; no group where no measure asks for this grain."""
    if not measures:
        return {}
    return {
        group: {name: measure(facts, members) for name, measure in measures.items()}
        for group, members in groups.items()
    }


def _side_by_side(grains: Iterable[Results]) -> Results:
    together: Results = defaultdict(dict)
    for results in grains:
        for group, values in results.items():
            together[group].update(values)
    return together


def _in_range(at: datetime, query: Query) -> bool:
    return (query.start is None or query.start <= at) and (query.end is None or at < query.end)


def _matches(row: Values, query: Query) -> bool:
    return all(row[dimension] in allowed for dimension, allowed in query.filters.items())


def _row(query: Query, group: Group, values: dict[str, Number]) -> Body:
    row: Body = dict(zip(query.dimensions, group, strict=True))
    return row | {measure: _value(measure, values) for measure in query.measures}


def _value(measure: str, values: dict[str, Number]) -> float | int | None:
    if measure in DERIVED_MEASURES:
        return shown(mean(values.get(part) for part in DERIVED_MEASURES[measure]))
    if measure in COUNTS:
        return int(values.get(measure) or 0)
    return shown(values.get(measure))


def _ordered(rows: list[Body], query: Query) -> list[Body]:
    orders = [*query.order_by, *(Order(dimension) for dimension in query.dimensions)]
    for order in reversed(orders):
        known = [row for row in rows if row[order.name] is not None]
        unknown = [row for row in rows if row[order.name] is None]
        known.sort(key=itemgetter(order.name), reverse=order.direction == "DESC")
        rows = known + unknown
    return rows
