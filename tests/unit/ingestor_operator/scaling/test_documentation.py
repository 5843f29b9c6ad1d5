"""What is read at night is what the code does and what was measured."""

import json
from pathlib import Path
from statistics import median

import pytest

from ingestor_operator.scaling import Reason
from ingestor_operator.scaling.weighing import STALE_AFTER

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/operations/scaling.md").read_text()
MEASURED = (ROOT / "docs/adr/0070-simpler-scaling.md").read_text()
RESULTS = json.loads((ROOT / "bench/results/scaling.json").read_text())
DRAWS = next(entry for entry in RESULTS if entry["scenario"] == "school-day")["draws"]
MEASURES = {
    "oldest_seconds": "{:.3g} s",
    "late_seconds": "{:.3g} s",
    "mean_age": "{:.4f} s",
    "mean_wait": "{:.4f} s",
    "changes": "{:.3g}",
    "replica_hours": "{:.1f} h",
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained(reason: Reason) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and f"`{reason.value}`" in line.split("|")[1]]
    assert rows


@pytest.mark.parametrize(
    "sentence",
    ["After {} days without confirmation it no longer keeps", "confirmed for {} days (0070)", "doubted after {} days,"],
)
def test_a_rate_is_doubted_when_the_pages_say(sentence: str) -> None:
    days = {1: "one", 2: "two", 3: "three"}[round(STALE_AFTER / 86_400)]
    pages = (PAGE, *(path.read_text() for path in (ROOT / "docs/adr").glob("00[67]*.md")))
    assert any(sentence.format(days) in " ".join(page.split()) for page in pages)


@pytest.mark.parametrize("entry", RESULTS, ids=[entry["scenario"] for entry in RESULTS])
def test_the_table_shows_what_was_measured(entry: dict[str, dict[str, float]]) -> None:
    costs = (
        f"{entry[key]['seconds_over_target']:,} s, {entry[key]['changes']}, {entry[key]['replica_hours']:.1f} h"
        for key in ("ours", "hpa", "hpa_default", "hpa_cpu")
    )
    assert f"| {' | '.join([str(entry['scenario']), *costs])} |" in PAGE.splitlines()


@pytest.mark.parametrize("entry", RESULTS, ids=[entry["scenario"] for entry in RESULTS])
def test_the_decision_says_how_soon_lag_was_drained(entry: dict[str, dict[str, float]]) -> None:
    ages = (
        f"{entry[key]['oldest_seconds']:,} s, {entry[key]['late_seconds']:,} s, {entry[key]['mean_age']:.3f} s"
        for key in ("ours", "hpa", "hpa_default", "hpa_cpu")
    )
    assert f"| {' | '.join([str(entry['scenario']), *ages])} |" in MEASURED.splitlines()


@pytest.mark.parametrize(("held_out", "kind"), [(False, "designed with"), (True, "held out")])
@pytest.mark.parametrize(("key", "rival"), [("hpa", "KEDA tuned"), ("hpa_cpu", "HPA on CPU, 70 %")])
def test_the_decision_tells_the_other_draws_of_the_day(held_out: bool, kind: str, key: str, rival: str) -> None:
    draws = [draw for draw in DRAWS if draw["held_out"] is held_out]
    cells = []
    for measure, form in MEASURES.items():
        pairs = [(draw["ours"][measure], draw[key][measure]) for draw in draws]
        lower, higher = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
        medians = (form.format(median(values)) for values in zip(*pairs, strict=True))
        cells.append(f"{', '.join(medians)}, {lower} : {higher}")
    assert f"| {kind} | {rival} | {' | '.join(cells)} |" in MEASURED.splitlines()
