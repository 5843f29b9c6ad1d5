"""Whoever is woken by an alert finds it in docs/operations/operator.md, at the top."""

from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs/operations/operator.md").read_text()
FIRST = PAGE.partition("## At night, first\n")[2].partition("\n## ")[0]
RULES = yaml.safe_load((REPOSITORY / "charts/ingestor/files/rules.yaml").read_text())
ALERTS = [rule["alert"] for group in RULES["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_what_to_do(alert: str) -> None:
    rows = [line.split("|") for line in FIRST.splitlines() if line.startswith(f"| `{alert}` |")]
    assert [len(row[2].strip()) > 0 for row in rows] == [True]


def test_the_page_names_no_alert_that_is_gone() -> None:
    named = [line.split("`")[1] for line in FIRST.splitlines() if line.startswith("| `Ingestor")]
    assert sorted(named) == sorted(ALERTS)
