"""Plays every scenario, draws it, and writes and prints how the ways of scaling compare."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bench.scaling.comparison import LATE, TARGET, Comparison, Score, compare_all, tune
from bench.scaling.draws import MEASURES, Draw, play_draws, summary
from bench.scaling.plots import draw
from bench.scaling.scenarios import SCENARIOS
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parents[1] / "results"


def main() -> None:
    """Writes results/scaling.json and a picture a scenario, and prints tables."""
    pictures = RESULTS / "scaling"
    pictures.mkdir(parents=True, exist_ok=True)
    comparisons = []
    tuned = tune(next(scenario for scenario in SCENARIOS if scenario.name == "school-day"))
    for comparison in compare_all(tuned):
        draw(comparison, pictures)
        comparisons.append(comparison)
    draws = play_draws(tuned)
    results = RESULTS / "scaling.json"
    results.write_text(json.dumps([_entry(comparison, draws) for comparison in comparisons], indent=2) + "\n")
    console = Console()
    console.print(_costs(comparisons))
    console.print(_drained(comparisons))
    console.print(_over_draws(draws))
    console.print(f"Written: {results} and {len(comparisons)} pictures in {pictures}")


def _entry(comparison: Comparison, draws: list[Draw]) -> dict[str, object]:
    scenario = comparison.scenario
    runs = {key: {"scaler": run.scaler, **asdict(run.score)} for key, run in comparison.runs.items()}
    hours = round(comparison.workload.seconds / 3600, 2)
    again = {"draws": [drawn.entry() for drawn in draws]} if scenario.name == "school-day" else {}
    return {"scenario": scenario.name, "tells": scenario.tells, "hours": hours, "target_seconds": TARGET} | runs | again


def _costs(comparisons: list[Comparison]) -> Table:
    title = f"Seconds with a record older than {TARGET:.0f} s, changes of the replicas, replica hours"
    return _table(
        title, comparisons, lambda s: f"{s.seconds_over_target:,} s  {s.changes:>3}  {s.replica_hours:>5.1f} h"
    )


def _drained(comparisons: list[Comparison]) -> Table:
    title = f"Oldest record ever, seconds with a record older than {LATE:.0f} s, mean age of the oldest record"
    return _table(title, comparisons, lambda s: f"{s.oldest_seconds:,} s  {s.late_seconds:,} s  {s.mean_age:.3f} s")


def _over_draws(draws: list[Draw]) -> Table:
    table = Table(title="The school day drawn anew: medians (ours : theirs), and draws on which we have less : more")
    for column in ("draws", "rival", *MEASURES):
        table.add_column(column)
    for kind, held_out in (("designed with", False), ("held out", True)):
        chosen = [drawn for drawn in draws if drawn.held_out is held_out]
        for rival in ("hpa", "hpa_cpu"):
            told = summary(chosen, rival).values()
            cells = (f"{ours:.4g} : {theirs:.4g} ({less} : {more})" for ours, theirs, less, more in told)
            table.add_row(kind, rival, *cells)
    return table


def _table(title: str, comparisons: list[Comparison], cell: Callable[[Score], str]) -> Table:
    table = Table(title=title)
    table.add_column("scenario")
    for run in comparisons[0].runs.values():
        table.add_column(run.scaler, justify="right")
    for comparison in comparisons:
        table.add_row(comparison.scenario.name, *(cell(run.score) for run in comparison.runs.values()))
    return table


if __name__ == "__main__":
    main()
