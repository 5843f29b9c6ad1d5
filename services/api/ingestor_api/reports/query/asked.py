"""A query whose every name is known and whose every value fits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from ingestor_api.errors import Problem, field_problem
from ingestor_api.reports.query.dimensions import DIMENSIONS
from ingestor_api.reports.query.filters import Filter, understood_filter
from ingestor_api.reports.query.measures import MEASURES
from ingestor_api.reports.query.request import OrderBy, QueryRequest, TimeRange
from ingestor_api.reports.query.vocabulary import Dimension, Measure

_SHOWN: Final = 64
Known = TypeVar("Known", Measure, Dimension)


@dataclass(frozen=True, slots=True)
class Order:
    field: Measure | Dimension
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What `statement.py` makes SQL of."""

    measures: tuple[Measure, ...]
    dimensions: tuple[Dimension, ...]
    filters: tuple[Filter, ...]
    start: datetime | None
    end: datetime | None
    order_by: tuple[Order, ...]
    limit: int


def understood(request: QueryRequest) -> Query:
    """The query that the request asks.

    Raises Problem 400, naming the field and what is known, for no measure, an unknown name, a name twice, a filter
    value of another type, a time range that ends before it starts, and an order by what is not asked for.
    """
    if not request.measures:
        raise field_problem("measures", f"measures needs one or more of {_names(MEASURES)}")
    measures = tuple(_known("measures", request.measures, MEASURES))
    dimensions = tuple(_known("dimensions", request.dimensions, DIMENSIONS))
    chosen = _known("filters", list(request.filters), DIMENSIONS)
    start, end = _span(request.time_range)
    return Query(
        measures=measures,
        dimensions=dimensions,
        filters=tuple(understood_filter(dimension, request.filters[dimension.name]) for dimension in chosen),
        start=start,
        end=end,
        order_by=tuple(_orders(request.order_by, (*measures, *dimensions))),
        limit=request.limit,
    )


def _known(field: str, names: Sequence[str], known: Mapping[str, Known]) -> list[Known]:
    for name in names:
        if name not in known:
            raise field_problem(field, f"{field}: {_quoted(name)} is not known; there are {_names(known)}")
    if len(set(names)) < len(names):
        raise field_problem(field, f"{field} has a name twice; name each once")
    return [known[name] for name in names]


def _span(asked: TimeRange | None) -> tuple[datetime | None, datetime | None]:
    if asked is None:
        return None, None
    if asked.start is not None and asked.end is not None and asked.start >= asked.end:
        raise field_problem("time_range", "time_range.start must be before time_range.end")
    return asked.start, asked.end


def _orders(asked: Sequence[OrderBy], requested: Sequence[Measure | Dimension]) -> list[Order]:
    by_name = {one.name: one for one in requested}
    if len({order.field for order in asked}) < len(asked):
        raise field_problem("order_by", "order_by has a field twice; name each once")
    return [Order(_requested(order.field, by_name), order.order == "DESC") for order in asked]


def _requested(name: str, by_name: Mapping[str, Measure | Dimension]) -> Measure | Dimension:
    if name in by_name:
        return by_name[name]
    raise _not_requested(name, by_name)


def _not_requested(name: str, by_name: Iterable[str]) -> Problem:
    return field_problem(
        "order_by", f"order_by: {_quoted(name)} is not asked for in this query; order by one of {_names(by_name)}"
    )


def _names(known: Iterable[str]) -> str:
    return ", ".join(known)


def _quoted(name: str) -> str:
    return repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}...")
