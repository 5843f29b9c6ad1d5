"""Plays every scenario, draws it, and writes and prints how the ways of scaling compare."""

import json
from dataclasses import asdict
from pathlib import Path

from bench.scaling.comparison import TARGET, Comparison, compare_all
from bench.scaling.plots import draw
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parents[1] / "results"


def main() -> None:
    """Writes results/scaling.json and a picture a scenario, and prints a table."""
    pictures = RESULTS / "scaling"
    pictures.mkdir(parents=True, exist_ok=True)
    comparisons = []
    for comparison in compare_all():
        draw(comparison, pictures)
        comparisons.append(comparison)
    results = RESULTS / "scaling.json"
    results.write_text(json.dumps([_entry(comparison) for comparison in comparisons], indent=2) + "\n")
    console = Console()
    console.print(_table(comparisons))
    console.print(f"Written: {results} and {len(comparisons)} pictures in {pictures}")


def _entry(comparison: Comparison) -> dict[str, object]:
    scenario = comparison.scenario
    runs = {key: {"scaler": run.scaler, **asdict(run.score)} for key, run in comparison.runs.items()}
    hours = round(comparison.workload.seconds / 3600, 2)
    return {"scenario": scenario.name, "tells": scenario.tells, "hours": hours, "target_seconds": TARGET} | runs


def _table(comparisons: list[Comparison]) -> Table:
    table = Table(title=f"Seconds with a record older than {TARGET:.0f} s, changes of the replicas, replica hours")
    table.add_column("scenario")
    for run in comparisons[0].runs.values():
        table.add_column(run.scaler, justify="right")
    for comparison in comparisons:
        scores = [run.score for run in comparison.runs.values()]
        table.add_row(
            comparison.scenario.name,
            *(f"{s.seconds_over_target:,} s  {s.changes:>3}  {s.replica_hours:>5.1f} h" for s in scores),
        )
    return table


if __name__ == "__main__":
    main()
