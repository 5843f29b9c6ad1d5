"""The Roles that are shipped hold the least that works, and are the same for one namespace and for all."""

from pathlib import Path
from typing import Any

import yaml

RBAC = Path(__file__).parents[3] / "k8s/rbac"


def rules(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((RBAC / f"{name}.yaml").read_text())["rules"]
    return found


def test_both_roles_give_the_same_rights() -> None:
    assert rules("role") == rules("cluster-role")


def test_no_right_is_given_to_everything() -> None:
    for name in ("role", "cluster-role", "leader-role"):
        assert "*" not in yaml.safe_dump(rules(name))


def test_secrets_are_only_ever_read_by_name() -> None:
    (secrets,) = [rule for rule in rules("role") if "secrets" in rule["resources"]]
    assert secrets["verbs"] == ["get"]


def test_pods_and_their_replicas_are_not_written_but_through_scale() -> None:
    by_resource = {resource: rule["verbs"] for rule in rules("role") for resource in rule["resources"]}
    assert by_resource["deployments/scale"] == ["patch"]
    assert by_resource["pods"] == by_resource["replicasets"] == ["list"]
    assert "pods/log" not in by_resource
