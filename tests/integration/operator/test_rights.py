"""The operator runs under the Roles that are shipped, and says what it is not allowed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually
from integration.operator.processes import running_operator

pytestmark = pytest.mark.usefixtures("operator")


def set_rules(place: Tenant, rules: list[Body]) -> None:
    place.kubectl("patch", "role", "ingestor-operator", "--type=merge", "-p", json.dumps({"rules": rules}))


@contextmanager
def lacking(place: Tenant, resource: str, *verbs: str) -> Iterator[None]:
    """Without these verbs on the resource, and on what shares a rule with it."""
    shipped: list[Body] = json.loads(place.kubectl("get", "role", "ingestor-operator", "-o", "json"))["rules"]
    left = [
        rule | {"verbs": [verb for verb in rule["verbs"] if resource not in rule["resources"] or verb not in verbs]}
        for rule in shipped
    ]
    set_rules(place, [rule for rule in left if rule["verbs"]])
    try:
        yield
    finally:
        set_rules(place, shipped)


def test_a_forbidden_verb_is_a_condition_and_an_event(place: Tenant, kube: Kube, make: MakeResource) -> None:
    with lacking(place, "services", "create", "patch"):
        name = make()
        condition = kube.await_condition(name, "Ready", "Forbidden")
        assert "grant it in the operator's Role or ClusterRole" in condition["message"]
        assert 'cannot patch resource "services"' in condition["message"]
        eventually(lambda: "Forbidden" in kube.event_reasons(name))
        # What is allowed is done all the same.
        assert kube.find("batch/v1", "Job", kube.job(name))
    kube.await_condition(name, "Ready", "Migrating")


def test_a_forbidden_read_is_said_too(place: Tenant, kube: Kube, make: MakeResource) -> None:
    with lacking(place, "secrets", "get"):
        name = make()
        condition = kube.await_condition(name, "Ready", "Forbidden")
        assert 'cannot get resource "secrets"' in condition["message"]
        eventually(lambda: "Forbidden" in kube.event_reasons(name))
    kube.await_condition(name, "Ready", "Migrating")


def test_a_forbidden_scale_is_said_and_the_rest_goes_on(place: Tenant, kube: Kube, make: MakeResource) -> None:
    with lacking(place, "deployments/scale", "patch"):
        name = make({"consumer": {"replicas": {"min": 2}}})
        condition = kube.await_condition(name, "Ready", "Forbidden")
        assert 'cannot patch resource "deployments/scale"' in condition["message"]
        kube.change(name, {"api": {"replicas": 3}})
        eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 3)
    eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == 2)


@pytest.mark.parametrize(
    ("resource", "verb", "named"),
    [
        ("jobs", "watch", "watch jobs.batch"),
        ("deployments", "watch", "watch deployments.apps"),
        ("ingestordeployments", "patch", "patch ingestordeployments.ingestor.dev"),
        ("pods", "list", "list pods"),
        ("replicasets", "list", "list replicasets.apps"),
        ("events", "list", "list events"),
    ],
)
def test_a_right_whose_lack_no_write_shows_is_said_too(
    place: Tenant, kube: Kube, make: MakeResource, resource: str, verb: str, named: str
) -> None:
    # A right that was there is only asked for once a minute: this operator is new.
    with (
        lacking(place, resource, verb),
        running_operator(place.kubeconfig, place.folder, place.user, f"--namespace={place.name}"),
    ):
        name = make()
        condition = kube.await_condition(name, "Ready", "Forbidden")
        assert f"The operator may not {named}: " in condition["message"]
        eventually(lambda: "Forbidden" in kube.event_reasons(name))


def test_a_status_that_may_not_be_written_is_an_event(place: Tenant, kube: Kube, make: MakeResource) -> None:
    with lacking(place, "ingestordeployments/status", "patch"):
        name = make()

        def told() -> bool:
            found = [event["message"] for event in kube.events(name) if event["reason"] == "Forbidden"]
            return any('cannot patch resource "ingestordeployments/status"' in message for message in found)

        eventually(told)
        eventually(lambda: "Created" in kube.event_reasons(name))
    kube.await_condition(name, "Ready", "Migrating")


def test_nothing_but_what_was_needed_was_asked_for(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    written = {(write.resource, write.verb) for write in place.server.writes(place.user, name)}
    assert {resource for resource, _ in written} == {
        "configmaps", "deployments", "events", "ingestordeployments", "jobs", "poddisruptionbudgets",
        "serviceaccounts", "services",
    }  # fmt: skip
