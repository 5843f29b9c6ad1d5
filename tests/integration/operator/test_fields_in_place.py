"""Fields of the Service that Kubernetes does not change in place are changed all the same, or it is said what to do."""

import asyncio
from itertools import permutations
from typing import Any

import pytest
from first_difference import first_difference
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource, resource_body
from integration.operator.kube import Body, Kube, eventually
from lightkube import AsyncClient
from lightkube.config.kubeconfig import KubeConfig

from ingestor_operator.act.objects import act_on_objects
from ingestor_operator.crd.structural import structural
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.difference import Change
from ingestor_operator.manifests.api_service import api_service
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.model.api import ApiService
from ingestor_operator.model.resource import Resource, parse
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.migration import Migration, MigrationState
from ingestor_operator.plan.problem import Problem

BALANCER = {"type": "LoadBalancer"}
SHAPES: list[Body] = [
    {},
    {"type": "NodePort"},
    {"type": "NodePort", "nodePort": 30999, "port": 81},
    {"type": "NodePort", "externalTrafficPolicy": "Local"},
    BALANCER,
    BALANCER | {"loadBalancerClass": "example.com/a", "annotations": {"a/b": "c"}, "labels": {"team": "quiz"}},
    BALANCER | {"loadBalancerClass": "example.com/b", "loadBalancerSourceRanges": ["10.0.0.0/8"]},
    {"ipFamilies": ["IPv4"]},
    {"ipFamilies": ["IPv6"]},
    {"ipFamilyPolicy": "RequireDualStack"},
    {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]},
]
"""Every field with values of its own; from each shape to each other one is every change that may be asked for."""


REFUSED = {"spec.loadBalancerClass", "spec.clusterIPs[0]"}
"""What this release of Kubernetes refuses to change in place."""


def resource_of(shape: Body, namespace: str) -> Resource:
    body = resource_body("shapes", "kafka:9092", {"api": {"service": shape}})
    body["metadata"] |= {"namespace": namespace, "uid": "0-0-0-0", "creationTimestamp": "2026-01-01T00:00:00Z"}
    return parse(body)


def service(shape: Body, namespace: str) -> Manifest:
    return api_service(resource_of(shape, namespace))


def test_every_field_of_the_service_is_among_the_shapes() -> None:
    known: Any = structural(ApiService)["properties"]
    assert {name for shape in SHAPES for name in shape} == known.keys()


def test_each_change_is_made_or_it_is_said_what_to_do(place: Tenant) -> None:
    assert asyncio.run(changes_of_all(place)) == REFUSED


async def changes_of_all(place: Tenant) -> set[str]:
    """Make all changes; gives the fields whose change was refused."""
    clients = [AsyncClient(config=KubeConfig.from_file(str(path))) for path in (place.kubeconfig, place.admin)]
    cluster, admin = (Cluster(client) for client in clients)
    refused: set[str] = set()
    try:
        for before, after in permutations(SHAPES, 2):
            former, wanted = service(before, place.name), service(after, place.name)
            if live := await admin.find(former):
                await admin.delete(live)
            await cluster.apply(former)
            if problem := await failure(cluster, wanted):
                assert problem.reason == "FieldImmutable", (before, after, problem)
                refused.update(field for field in REFUSED if f" {field} " in problem.message)
                # As the sentence says.
                place.kubectl("delete", "services/shapes-api")
                assert "`kubectl delete services/shapes-api`" in problem.message
                assert await failure(cluster, wanted) is None
            live = await cluster.find(wanted)
            assert first_difference(wanted, live) is None, (before, after)
        assert live
        assert await admin.delete(live)
    finally:
        await cluster.close()
        await admin.close()
    return refused


async def failure(cluster: Cluster, wanted: Manifest) -> Problem | None:
    """Write the Service as a reconcile does; gives what was refused."""
    changes = Changes((Change(wanted, "changed"),), (), (), MigrationState(Migration.PENDING), "")
    outcome = await act_on_objects(cluster, resource_of({}, wanted["metadata"]["namespace"]), changes)
    return next(iter(outcome.failures), None)


@pytest.mark.usefixtures("operator")
def test_a_load_balancer_class_that_is_taken_out_is_told_until_the_service_is_made_anew(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = make({"api": {"service": BALANCER | {"loadBalancerClass": "example.com/a"}}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    kube.change(name, {"api": {"service": {"loadBalancerClass": None}}})
    message = kube.await_condition(name, "Ready", "FieldImmutable")["message"]
    assert message.startswith(
        f"Kubernetes does not change services/{name}-api in place as the spec asks, for spec.loadBalancerClass ("
    )
    (event,) = eventually(lambda: [one for one in kube.events(name) if one["reason"] == "FieldImmutable"])
    assert event["type"] == "Warning"
    place.kubectl("delete", f"services/{name}-api")
    kube.await_condition(name, "Ready", "AllReady")
    spec = kube.get("v1", "Service", f"{name}-api")["spec"]
    assert (spec["type"], spec.get("loadBalancerClass")) == ("LoadBalancer", None)
