"""Every alert fires when it should, and is silent when it should: `promtool test rules`."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prerequisites import missing
from unit.monitoring.cases import CASES, Case
from unit.monitoring.registries import SERVICES, registry_of

RULES = Path(__file__).parents[3] / "k8s/monitoring/prometheus-rule.yaml"


@cache
def groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["spec"]["groups"]
    return found


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in groups() for rule in group["rules"]}


def promtool(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The ended command; skipped where promtool is missing."""
    if not shutil.which("promtool"):
        missing("promtool is not on PATH (Debian: the package prometheus)", "INGESTOR_REQUIRE_PROMETHEUS")
    return subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def written(folder: Path, name: str, content: Any) -> str:
    (folder / name).write_text(yaml.safe_dump(content, sort_keys=False))
    return name


def without_annotations() -> dict[str, Any]:
    """promtool compares annotations word for word; what they say is read by people, and checked by them."""
    return {
        "groups": [
            group | {"rules": [{key: rule[key] for key in rule if key != "annotations"} for rule in group["rules"]]}
            for group in groups()
        ]
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.what}")
def test_alerts_fire_and_are_silent(case: Case, tmp_path: Path) -> None:
    labels = alerts()[case.alert]["labels"]
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [
            {
                "eval_time": f"{case.minute}m",
                "alertname": case.alert,
                "exp_alerts": [{"exp_labels": labels | fired} for fired in case.fires],
            }
        ],
    }
    rules = written(tmp_path, "rules.yaml", without_annotations())
    name = written(tmp_path, "test.yaml", {"rule_files": [rules], "evaluation_interval": "1m", "tests": [test]})

    done = promtool("test", "rules", name, folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_well_formed_with_their_annotations(tmp_path: Path) -> None:
    done = promtool("check", "rules", written(tmp_path, "rules.yaml", {"groups": groups()}), folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent() -> None:
    assert {case.alert for case in CASES if case.fires} == alerts().keys()
    assert {case.alert for case in CASES if not case.fires} == alerts().keys()


def test_every_alert_says_what_to_do() -> None:
    for name, rule in alerts().items():
        assert rule["annotations"].keys() == {"summary", "description"}, name
        assert rule["labels"].keys() == {"severity"}, name


def test_every_metric_that_an_alert_names_is_in_a_registry() -> None:
    known = {name for service in SERVICES for metric in registry_of(service) for name in metric.names}
    named = {name for rule in alerts().values() for name in re.findall(r"\bingestor_\w+", rule["expr"])}

    assert named
    assert named <= known
