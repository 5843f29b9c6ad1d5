"""How long what is asked of the ad-hoc query takes at the large size, as a table and as JSON."""

import json
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
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
EVERYTHING: Final = "everything"
_SHOWN: Final = 12
_MILLISECONDS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A covered question over everything, or all of them at random about one quiz, classroom or session."""

    question: str
    of: str
    calls: int
    median_ms: float
    p95_ms: float
    limit_ms: float

    @property
    def held_ms(self) -> float:
        """What is held against the limit: of parts the 95th percentile of many calls. Of few calls that is the slowest
        one, and tells what else the machine did; so of everything it is the median."""
        return self.median_ms if self.of == EVERYTHING else self.p95_ms

    @property
    def met(self) -> bool:
        return self.held_ms <= self.limit_ms


async def time_queries(pool: Pool, ids: list[Ids]) -> list[QueryResult]:
    """The dearest first. Warm: what is asked of everything is asked once before; parts are another one each time."""
    whole = await _rounds_of_all(pool)
    parts: dict[str, list[float]] = defaultdict(list)
    for part, statement in of_parts(ids):
        parts[part].append(await _time(pool, statement))
    return [
        *(_result("any covered", part, times, PART_LIMIT_MS) for part, times in parts.items()),
        *sorted((_result(name, EVERYTHING, times, WHOLE_LIMIT_MS) for name, times in whole.items()), key=_dearest),
    ]


async def _rounds_of_all(pool: Pool) -> dict[str, list[float]]:
    """Each question once a round: whatever else the machine does for a while falls on one call of each alone."""
    statements = {question.name: question.statement() for question in covered()}
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(1 + ROUNDS_OF_ALL):
        for name, statement in statements.items():
            took = await _time(pool, statement)
            if turn > 0:
                times[name].append(took)
    return times


def query_table(found: list[QueryResult]) -> Table:
    """The parts, and the dearest questions over everything."""
    shown = Table(
        title="Covered questions of the ad-hoc query: of everything the median is held against the limit, else p95"
    )
    for title in ("question", "of", "median", "p95", "limit", "met"):
        shown.add_column(title, justify="right" if title in ("median", "p95", "limit") else "left")
    for result in found[:_SHOWN]:
        met = "yes" if result.met else "[red]no[/red]"
        times = (result.median_ms, result.p95_ms, result.limit_ms)
        shown.add_row(result.question, result.of, *(f"{milliseconds:.0f} ms" for milliseconds in times), met)
    return shown


def write_queries(found: list[QueryResult], file: Path) -> None:
    """The results as a JSON list."""
    rows = [asdict(result) | {"met": result.met} for result in found]
    file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _result(question: str, of: str, times: list[float], limit_ms: float) -> QueryResult:
    return QueryResult(question, of, len(times), round(median(times), 1), round(p95(times), 1), limit_ms)


def _dearest(result: QueryResult) -> float:
    return -result.held_ms


async def _time(pool: Pool, statement: Statement) -> float:
    started = time.perf_counter()
    # One that is broken off has taken as long as that, which is beyond any limit here.
    with suppress(Problem):
        await rows_of(pool, statement)
    return _MILLISECONDS * (time.perf_counter() - started)
