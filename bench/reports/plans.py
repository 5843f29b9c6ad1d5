"""Looks at the plans that Postgres makes for the reports: none may read through a partition of `events`."""

import json
from collections.abc import Iterator
from typing import Any

from bench.reports.calls import Ids

from ingestor_api.reports.registry import REPORTS
from ingestor_common.store.pool import Pool


async def sequential_scans_of_events(pool: Pool, ids: Ids) -> list[str]:
    """The reports whose plan has one, each with the partition; `pool` is the reports' own, with its settings.

    The plans are those for any values; `ids` are there because the protocol wants some.
    """
    found = []
    for report in REPORTS:
        call = ids.call(report)
        arguments = report.arguments(call.asked, call.now)
        plan = await pool.fetchval(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {report.statement}", *arguments)
        scanned = {
            node["Relation Name"] for node in _nodes(json.loads(plan)[0]["Plan"]) if node["Node Type"] == "Seq Scan"
        }
        found += [f"{report.name}: {name}" for name in sorted(scanned) if name.startswith("events")]
    return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
