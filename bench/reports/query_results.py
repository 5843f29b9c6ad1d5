"""How long what is asked of the ad-hoc query takes at the large size, as a table and as JSON."""

import json
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench.reports.calls import Ids
from bench.reports.questions import PART_LIMIT_MS, WHOLE_LIMIT_MS, covered, of_parts
from bench.reports.timing import p95
from rich.table import Table

from ingestor_api.errors import Problem
from ingestor_api.reports.query.running import rows_of
from ingestor_api.reports.query.statement import Statement
from ingestor_common.store.pool import Pool

ROUNDS_OF_ALL: Final = 3
_SHOWN: Final = 12
_MILLISECONDS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A covered question over everything, or all of them at random about one quiz, classroom or session."""

    question: str
    of: str
    calls: int
    p95_ms: float
    limit_ms: float

    @property
    def met(self) -> bool:
        return self.p95_ms <= self.limit_ms


async def time_queries(pool: Pool, ids: list[Ids]) -> list[QueryResult]:
    """The dearest first. Warm: what is asked of everything is asked once before; parts are another one each time."""
    whole: dict[str, list[float]] = {}
    for question in covered():
        statement = question.statement()
        await _time(pool, statement)
        whole[question.name] = [await _time(pool, statement) for _ in range(ROUNDS_OF_ALL)]
    parts: dict[str, list[float]] = defaultdict(list)
    for part, statement in of_parts(ids):
        parts[part].append(await _time(pool, statement))
    return [
        *(_result("any covered", part, times, PART_LIMIT_MS) for part, times in parts.items()),
        *sorted((_result(name, "everything", times, WHOLE_LIMIT_MS) for name, times in whole.items()), key=_dearest),
    ]


def query_table(found: list[QueryResult]) -> Table:
    """The parts, and the dearest questions over everything."""
    shown = Table(title="95th percentile of covered questions of the ad-hoc query")
    for title in ("question", "of", "p95", "limit", "met"):
        shown.add_column(title, justify="right" if title in ("p95", "limit") else "left")
    for result in found[:_SHOWN]:
        met = "yes" if result.met else "[red]no[/red]"
        shown.add_row(result.question, result.of, f"{result.p95_ms:.0f} ms", f"{result.limit_ms:.0f} ms", met)
    return shown


def write_queries(found: list[QueryResult], file: Path) -> None:
    """The results as a JSON list."""
    rows = [asdict(result) | {"met": result.met} for result in found]
    file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _result(question: str, of: str, times: list[float], limit_ms: float) -> QueryResult:
    return QueryResult(question, of, len(times), round(p95(times), 1), limit_ms)


def _dearest(result: QueryResult) -> float:
    return -result.p95_ms


async def _time(pool: Pool, statement: Statement) -> float:
    started = time.perf_counter()
    # One that is broken off has taken as long as that, which is beyond any limit here.
    with suppress(Problem):
        await rows_of(pool, statement)
    return _MILLISECONDS * (time.perf_counter() - started)
