"""Argo CD's health check, run as Argo CD runs it, calls each reason what the operator's own events make of it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from lupa.lua51 import LuaRuntime
from operator_reasons import is_warned_of, passes_by_itself, said

from ingestor_operator.status.halts import MIGRATION_SUSPENDED, ROLLOUT_PAUSED

REPOSITORY = Path(__file__).parents[3]
CONFIG = yaml.safe_load((REPOSITORY / "k8s/argocd/argocd-cm.yaml").read_text())["data"]
LUA = CONFIG["resource.customizations.health.ingestor.dev_IngestorDeployment"]
PAGE = (REPOSITORY / "docs/operations/operator.md").read_text()
SAID = {what for what in said() if what.status == "False"}
PASSING = {what.reason for what in SAID if passes_by_itself(what)}
WARNED_OF = {what.reason for what in SAID if is_warned_of(what)}
MEANT = {what.reason for what in SAID} - PASSING - WARNED_OF
"""Reasons to be not ready that somebody has brought about by another image or Secret."""
HALTED = {ROLLOUT_PAUSED, MIGRATION_SUSPENDED}


def condition(status: str, reason: str, generation: int = 3) -> dict[str, Any]:
    """The condition Ready."""
    return {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "message": f"It is {reason}.",
        "observedGeneration": generation,
    }


def health(*conditions: dict[str, Any], **fields: Any) -> tuple[str, str]:
    """Status and message that the check gives of a resource; Argo CD's Lua is 5.1."""
    resource: dict[str, Any] = {"metadata": {"name": "quiz", "generation": 3}, "spec": {}}
    if conditions:
        resource["status"] = {"conditions": list(conditions)}
    runtime = LuaRuntime()
    runtime.globals()["obj"] = runtime.table_from(resource | fields, recursive=True)
    found = runtime.execute(LUA)
    return found["status"], found["message"]


def test_a_resource_without_a_status_is_waited_for() -> None:
    waits = ("Progressing", "The operator has not looked at this spec yet.")
    assert health() == waits
    assert health(status={}) == waits
    assert health(condition("True", "TopicsReady") | {"type": "TopicReady"}) == waits


def test_a_status_of_the_spec_before_is_waited_for() -> None:
    assert health(condition("True", "AllReady", generation=2))[0] == "Progressing"
    assert health(condition("False", "KafkaUnreachable", generation=2))[0] == "Progressing"


def test_what_is_ready_is_healthy() -> None:
    others = condition("False", "AutoscalingDisabled") | {"type": "ScalingActive"}
    assert health(others, condition("True", "AllReady")) == ("Healthy", "It is AllReady.")


@pytest.mark.parametrize("reason", sorted(PASSING | MEANT))
def test_what_passes_by_itself_is_waited_for(reason: str) -> None:
    assert health(condition("False", reason)) == ("Progressing", f"It is {reason}.")


@pytest.mark.parametrize("reason", sorted(WARNED_OF - HALTED))
def test_what_asks_for_a_person_is_degraded(reason: str) -> None:
    assert health(condition("False", reason)) == ("Degraded", f"It is {reason}.")


@pytest.mark.parametrize(
    ("status", "reason"), [("Unknown", "Observing"), *(("False", word) for word in sorted(HALTED))]
)
def test_what_somebody_has_halted_is_suspended(status: str, reason: str) -> None:
    assert health(condition(status, reason)) == ("Suspended", f"It is {reason}.")


def test_a_paused_resource_is_suspended_whatever_its_status_says() -> None:
    found = health(condition("True", "AllReady"), spec={"paused": True})
    assert found == ("Suspended", "Paused: the operator leaves everything as it is.")


def test_the_end_of_a_resource_is_waited_for() -> None:
    ending = {"name": "quiz", "generation": 3, "deletionTimestamp": "2026-01-01T00:00:00Z"}
    assert health(metadata=ending) == ("Progressing", "Being deleted.")
    assert health(condition("False", "LagRemains"), metadata=ending) == ("Progressing", "It is LagRemains.")


def test_the_documentation_lists_what_passes_by_itself() -> None:
    listed = PAGE.partition("States that pass by themselves (")[2].partition(")")[0].split("`")[1::2]
    assert sorted(listed) == sorted(PASSING)
    assert {"WaitsForMigration"} == MEANT
