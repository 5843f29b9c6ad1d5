"""The oracle's queries, answered by the product's own parts, and how many of them a test asks."""

import json
from typing import Any

from hypothesis import HealthCheck, settings
from oracle.query import Query
from oracle.strategies import worlds

from ingestor_api.reports.query.asked import understood
from ingestor_api.reports.query.request import OrderBy, QueryRequest, TimeRange
from ingestor_api.reports.query.running import Rows, rows_of
from ingestor_api.reports.query.statement import statement_of
from ingestor_common.store.pool import Pool

QUERIES_OF_A_WORLD = 25
EVENTFUL = worlds().filter(lambda world: len(world.events) >= 20)
SLOW = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30
)


def request_of(query: Query) -> QueryRequest:
    """The oracle's query as a client sends it."""
    return QueryRequest(
        measures=list(query.measures),
        dimensions=list(query.dimensions),
        filters={name: list(values) for name, values in query.filters.items()},
        time_range=TimeRange(start=query.start, end=query.end),
        limit=query.limit,
        order_by=[OrderBy(field=order.name, order=order.direction) for order in query.order_by],
    )


async def answer(reader: Pool, query: Query) -> dict[str, Any]:
    """The rows, as the oracle gives them."""
    rows = await rows_of(reader, statement_of(understood(request_of(query))))
    return {"data": values_of(rows), "count": rows.count}


def values_of(rows: Rows) -> list[dict[str, Any]]:
    """The rows as a client reads them."""
    values: list[dict[str, Any]] = json.loads(b"[%b]" % rows.json)
    return values
