"""The operator runs under the Roles that are shipped, and says what it is not allowed."""

import json

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually

pytestmark = pytest.mark.usefixtures("operator")


def set_rules(place: Tenant, rules: list[Body]) -> None:
    place.kubectl("patch", "role", "ingestor-operator", "--type=merge", "-p", json.dumps({"rules": rules}))


def rules_of(place: Tenant) -> list[Body]:
    rules: list[Body] = json.loads(place.kubectl("get", "role", "ingestor-operator", "-o", "json"))["rules"]
    return rules


def test_a_forbidden_verb_is_a_condition_and_an_event(place: Tenant, kube: Kube, make: MakeResource) -> None:
    shipped = rules_of(place)
    lacking = [rule | {"verbs": ["get", "list"]} if "services" in rule["resources"] else rule for rule in shipped]
    set_rules(place, lacking)
    name = make()
    condition = kube.await_condition(name, "Ready", "Forbidden")
    assert "grant it in the operator's Role or ClusterRole" in condition["message"]
    assert 'cannot patch resource "services"' in condition["message"]
    eventually(lambda: "Forbidden" in kube.event_reasons(name))
    # What is allowed is done all the same.
    assert kube.find("batch/v1", "Job", kube.job(name))
    set_rules(place, shipped)
    kube.await_condition(name, "Ready", "Migrating", 60)


def test_a_forbidden_read_is_said_too(place: Tenant, kube: Kube, make: MakeResource) -> None:
    shipped = rules_of(place)
    set_rules(place, [rule for rule in shipped if "secrets" not in rule["resources"]])
    name = make()
    condition = kube.await_condition(name, "Ready", "Forbidden")
    assert 'cannot get resource "secrets"' in condition["message"]
    set_rules(place, shipped)
    kube.await_condition(name, "Ready", "Migrating", 60)


def test_nothing_but_what_was_needed_was_asked_for(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    written = {(write.resource, write.verb) for write in place.server.writes(place.user)}
    assert ("secrets", "create") not in written
    assert {resource for resource, _ in written} <= {
        "configmaps", "deployments", "events", "ingestordeployments", "jobs", "poddisruptionbudgets",
        "serviceaccounts", "services",
    }  # fmt: skip
