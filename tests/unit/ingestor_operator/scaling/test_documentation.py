"""What is read at night is what the code does and what was measured."""

import json
from pathlib import Path

import pytest

from ingestor_operator.scaling import Reason

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/operations/scaling.md").read_text()
RESULTS = json.loads((ROOT / "bench/results/scaling.json").read_text())


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained(reason: Reason) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and f"`{reason.value}`" in line.split("|")[1]]
    assert rows


@pytest.mark.parametrize("entry", RESULTS, ids=[entry["scenario"] for entry in RESULTS])
def test_the_table_shows_what_was_measured(entry: dict[str, dict[str, float]]) -> None:
    costs = (
        f"{entry[key]['seconds_over_target']:,} s, {entry[key]['changes']}, {entry[key]['replica_hours']:.1f} h"
        for key in ("ours", "hpa", "hpa_default", "hpa_cpu")
    )
    assert f"| {' | '.join([str(entry['scenario']), *costs])} |" in PAGE.splitlines()


@pytest.mark.parametrize("entry", RESULTS, ids=[entry["scenario"] for entry in RESULTS])
def test_the_page_says_how_soon_lag_was_drained(entry: dict[str, dict[str, float]]) -> None:
    ages = (
        f"{entry[key]['oldest_seconds']:,} s, {entry[key]['late_seconds']:,} s, {entry[key]['mean_age']:.3f} s"
        for key in ("ours", "hpa", "hpa_default", "hpa_cpu")
    )
    assert f"| {' | '.join([str(entry['scenario']), *ages])} |" in PAGE.splitlines()
