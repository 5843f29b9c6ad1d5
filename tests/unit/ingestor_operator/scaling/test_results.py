"""The measured school days show what the page says of them: lag is drained sooner, with fewer changes."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import pytest
from bench.scaling.comparison import Tuning, contenders, play, score
from bench.scaling.draws import HELD_OUT, SCHOOL_DAY, the_day_before
from bench.scaling.scenarios import school_day

RESULTS = json.loads((Path(__file__).parents[4] / "bench/results/scaling.json").read_text())
DAY = next(entry for entry in RESULTS if entry["scenario"] == "school-day")
DELAYS = ("oldest_seconds", "late_seconds", "mean_age")


@pytest.mark.long
def test_the_results_are_what_the_decision_makes_of_the_day_now() -> None:
    """Where it fails: `make simulate-scaling`, and bring docs/operations/scaling.md and docs/adr/0070 up to date."""
    _, ours = contenders(Tuning(500, even=True))["ours"]
    played = asdict(score(play(SCHOOL_DAY, SCHOOL_DAY.workload(), ours())))
    assert played == {measure: DAY["ours"][measure] for measure in played}


@pytest.mark.long
def test_a_draw_is_what_the_decision_makes_of_it_now() -> None:
    (entry,) = (draw for draw in DAY["draws"] if draw["seed"] == HELD_OUT[0])
    _, ours = contenders(Tuning(500, even=True), the_day_before())["ours"]
    played = asdict(score(play(replace(SCHOOL_DAY, seed=HELD_OUT[0]), school_day(HELD_OUT[0]), ours())))
    assert played == {measure: entry["ours"][measure] for measure in played}


@pytest.mark.parametrize("measure", [*DELAYS, "changes"])
def test_on_the_school_day_less_is_waited_and_changed_than_with_the_hpa(measure: str) -> None:
    assert DAY["ours"][measure] < DAY["hpa_cpu"][measure]


def test_on_its_first_school_day_the_oldest_record_is_no_older_than_with_a_tuned_threshold_for_less() -> None:
    ours, theirs = DAY["ours"], DAY["hpa"]
    assert ours["oldest_seconds"] <= theirs["oldest_seconds"]
    assert ours["changes"] <= 0.7 * theirs["changes"]
    assert ours["replica_hours"] <= theirs["replica_hours"]


@pytest.mark.parametrize("held_out", [False, True], ids=["designed with", "held out"])
@pytest.mark.parametrize(
    ("rival", "measure"),
    [*(("hpa_cpu", measure) for measure in DELAYS), *(("hpa", m) for m in ("oldest_seconds", "mean_age", "mean_wait"))],
)
def test_over_other_draws_of_the_day_the_median_is_lower(held_out: bool, rival: str, measure: str) -> None:
    draws = [draw for draw in DAY["draws"] if draw["held_out"] is held_out]
    assert len(draws) >= 10
    assert median(d["ours"][measure] for d in draws) < median(d[rival][measure] for d in draws)


@pytest.mark.parametrize("held_out", [False, True], ids=["designed with", "held out"])
def test_draw_by_draw_the_oldest_record_is_no_older_than_with_a_tuned_threshold_on_nine_of_ten(held_out: bool) -> None:
    draws = [draw for draw in DAY["draws"] if draw["held_out"] is held_out]
    alike = [draw["ours"]["oldest_seconds"] <= draw["hpa"]["oldest_seconds"] for draw in draws]
    assert sum(alike) >= 0.9 * len(draws)
    assert max(draw["ours"]["oldest_seconds"] for draw in draws) <= 5


@pytest.mark.parametrize("held_out", [False, True], ids=["designed with", "held out"])
def test_draw_by_draw_there_are_fewer_changes_and_seldom_more_replica_hours(held_out: bool) -> None:
    draws = [draw for draw in DAY["draws"] if draw["held_out"] is held_out]
    assert sum(draw["ours"]["changes"] <= 0.7 * draw["hpa"]["changes"] for draw in draws) >= 0.9 * len(draws)
    assert sum(draw["ours"]["replica_hours"] <= draw["hpa"]["replica_hours"] for draw in draws) >= 0.9 * len(draws)
