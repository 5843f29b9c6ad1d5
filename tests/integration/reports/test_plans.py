"""The cost of a report is bounded by what it shows: no plan reads through the events, or any other table that grows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from integration.reports.year import IDENTIFIERS, hold_a_year

from ingestor_api.reports.registry import REPORTS
from ingestor_api.reports.report import Report
from ingestor_common.store.pool import Connection, Pool

# While the session is held.
NOW = datetime(2025, 10, 6, 8, 20, tzinfo=UTC)
GROWING = (
    "events", "sessions", "session_questions", "session_students", "publications", "answer_counts",
    "answered_questions",
)  # fmt: skip


async def test_no_report_reads_through_a_table_that_grows_or_months_it_is_not_about(store: Pool, reader: Pool) -> None:
    await hold_a_year(store)
    async with reader.acquire() as connection:
        for report in REPORTS:
            nodes = list(_nodes(await _plan(connection, report)))
            scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
            assert not [name for name in scanned if name.startswith(GROWING)], report.name
            run = {node.get("Relation Name", "") for node in nodes if node["Actual Loops"] > 0}
            assert {name for name in run if name.startswith("events")} <= {"events_2025_10"}, report.name


async def _plan(connection: Connection, report: Report[Any, Any]) -> Any:
    """How the statement is executed, for the same plan that the reports' connections use."""
    ids = {name: value for name, value in IDENTIFIERS.items() if name in report.asked.model_fields}
    arguments = report.arguments(report.asked.model_validate(ids), NOW)
    explained = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {report.statement}", *arguments)
    return json.loads(explained)[0]["Plan"]


def _nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
