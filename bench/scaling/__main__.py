"""Plays every scenario, draws it, and writes and prints how the ways of scaling compare."""

import json
from dataclasses import asdict
from pathlib import Path

from bench.scaling.comparison import TARGET, Comparison, compare_all, tune
from bench.scaling.draws import Draw, play_draws
from bench.scaling.plots import draw
from bench.scaling.scenarios import SCENARIOS
from bench.scaling.tables import draws_table, each_draw_table, scenarios_table
from rich.console import Console

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
    console.print(scenarios_table(comparisons))
    console.print(each_draw_table(draws))
    console.print(draws_table(draws))
    console.print(f"Written: {results} and {len(comparisons)} pictures in {pictures}")


def _entry(comparison: Comparison, draws: list[Draw]) -> dict[str, object]:
    scenario = comparison.scenario
    runs = {key: {"scaler": run.scaler, **asdict(run.score)} for key, run in comparison.runs.items()}
    hours = round(comparison.workload.seconds / 3600, 2)
    again = {"draws": [drawn.entry() for drawn in draws]} if scenario.name == "school-day" else {}
    return {"scenario": scenario.name, "tells": scenario.tells, "hours": hours, "target_seconds": TARGET} | runs | again


if __name__ == "__main__":
    main()
