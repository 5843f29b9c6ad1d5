"""Loads two schools, times every report at both and the covered questions of the query at the large one, looks at the
plans, and prints and writes what came of it."""

import asyncio
import os
from pathlib import Path
from typing import Final

import click
from bench.reports import calls, school
from bench.reports.databases import Loaded, loaded
from bench.reports.plans import sequential_scans_of_events
from bench.reports.query_results import QueryResult, query_table, time_queries, write_queries
from bench.reports.results import Result, results, table, write
from bench.reports.server import running_postgres
from bench.reports.timing import time_side_by_side
from rich.console import Console

from ingestor_api.reports.reader import open_reader

SMALL_ANSWERS: Final = 100_000
RESULTS: Final = Path(__file__).parents[1] / "results" / "reports.json"
QUERIES: Final = "queries.json"
"""Beside the reports' results."""


@click.command()
@click.option("--answers", default=10_000_000, show_default=True, help="Of the large size, nearly.")
@click.option("--rounds", default=200, show_default=True, help="Calls of each report at each size.")
@click.option("--output", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), help="Keep the databases here, and use them again.")
def main(answers: int, rounds: int, output: Path, data: Path | None) -> None:
    """Time every report at a large and a small size. Needs some GB of disk for 10 million answers, and gives them back.

    Exits with 1 where a report or a question misses its limit, or a report reads through a partition of `events`.
    """
    console = Console()
    with running_postgres(data) as server:
        small = loaded(server, school.classrooms_for(SMALL_ANSWERS))
        large = loaded(server, school.classrooms_for(answers))
        found, queries, scans = asyncio.run(_measure(small, large, rounds))
    console.print(table(found))
    console.print(query_table(queries))
    write(found, output)
    write_queries(queries, output.with_name(QUERIES))
    console.print(f"Written: {output}")
    console.print("Sequential scans of events: " + (", ".join(scans) or "none in any plan"))
    console.print(f"Processors: {os.cpu_count()}; load average of the last minute: {os.getloadavg()[0]:.1f}")
    missed = [result.report for result in found if not result.met]
    missed += [f"{result.question} of {result.of}" for result in queries if not result.met]
    if missed or scans:
        raise SystemExit(f"missed: {', '.join(missed) or 'no sequential scan of events'}")


async def _measure(small: Loaded, large: Loaded, rounds: int) -> tuple[list[Result], list[QueryResult], list[str]]:
    pools = [await open_reader(small.dsn), await open_reader(large.dsn)]
    try:
        sizes = [(pool, await calls.draw(pool, rounds)) for pool in pools]
        of_small, of_large = await time_side_by_side(sizes)
        queries = await time_queries(pools[1], sizes[1][1])
        scans = await sequential_scans_of_events(pools[1], sizes[1][1][0])
    finally:
        for pool in pools:
            await pool.close()
    return results(of_small, small.answers, of_large, large.answers), queries, scans


if __name__ == "__main__":
    main()
