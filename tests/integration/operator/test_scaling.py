"""The number of consumers follows the backlog of a real group, within what helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import commit, create, produce
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually
from integration.operator.members import running_pods

from ingestor_dev.embedded.kafka import EmbeddedKafka

pytestmark = pytest.mark.usefixtures("operator")
QUICK = {"drainTargetSeconds": 5, "scaleDownStabilizationSeconds": 5, "intervalSeconds": 1}


def wanted(kube: Kube, name: str) -> int:
    """Consumers that the Deployment asks for."""
    replicas: int = kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"]
    return replicas


def settle(kube: Kube, name: str) -> None:
    """Bring the instance up."""
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.bring_up(name)


def consumer(kube: Kube, name: str) -> Body:
    found: Body = kube.resource(name)["status"]["consumer"]
    return found


def test_a_group_that_falls_behind_grows_to_the_partitions_and_comes_back(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make({"paused": True, "consumer": {"autoscaling": QUICK}})
    create(kafka_admin, name, 3)
    produce(kafka, name, 1500)
    commit(kafka, name, name, dict.fromkeys(range(3), 0))
    kube.change(name, {"paused": False})
    settle(kube, name)
    with running_pods(kube, kafka, name, rate=100) as pods:
        eventually(lambda: wanted(kube, name) == 3, 60)
        eventually(lambda: consumer(kube, name).get("lag") == 0, 60)
        eventually(lambda: wanted(kube, name) == 1, 60)
        assert pods.most == 3
    decisions = kube.resource(name)["status"]["decisions"]
    assert 0 < len(decisions) <= 5
    assert {"up", "down"} & {decision["direction"] for decision in decisions}
    assert all({"lag", "ratePerReplica", "partitions"} <= decision["inputs"].keys() for decision in decisions[:1])
    assert "Scaled" in kube.event_reasons(name)


def test_lag_that_is_not_known_holds(kube: Kube, make: MakeResource, kafka: EmbeddedKafka) -> None:
    name = make({"consumer": {"autoscaling": QUICK}})
    settle(kube, name)
    produce(kafka, name, 1000)
    condition = kube.await_condition(name, "ScalingActive", "LagUncommitted")
    assert condition["status"] == "False"
    assert consumer(kube, name)["lagState"] == "Uncommitted"
    assert "lag" not in consumer(kube, name)
    assert wanted(kube, name) == 1


def test_kubectl_scale_pins_until_it_is_unpinned(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"autoscaling": QUICK}})
    settle(kube, name)
    place.kubectl("scale", "ingd", name, "--replicas=3")
    eventually(lambda: wanted(kube, name) == 3)
    condition = kube.await_condition(name, "ScalingActive", "Pinned")
    assert "kubectl scale" in condition["message"]
    place.kubectl("scale", "ingd", name, "--replicas=0")
    eventually(lambda: wanted(kube, name) == 0)
    kube.change(name, {"consumer": {"replicas": {"pinned": None}}})
    eventually(lambda: wanted(kube, name) >= 1)


def test_the_minimum_is_kept(kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"replicas": {"min": 2}, "autoscaling": QUICK}})
    settle(kube, name)
    eventually(lambda: wanted(kube, name) == 2)


def test_explain_tells_why(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"autoscaling": QUICK}})
    settle(kube, name)
    eventually(lambda: kube.resource(name)["status"].get("decisions"))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ingestor-operator"), "explain", name],
        env=os.environ | {"KUBECONFIG": str(place.kubeconfig)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"IngestorDeployment {place.name}/{name}" in done.stdout
    assert "Allowed are 1 to 3 consumers." in done.stdout


def test_uncommitted_offsets_become_known_with_the_first_commit(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka
) -> None:
    name = make({"consumer": {"autoscaling": QUICK}})
    settle(kube, name)
    produce(kafka, name, 12)
    eventually(lambda: consumer(kube, name)["lagState"] == "Uncommitted")
    commit(kafka, name, name, dict.fromkeys(range(3), 0))
    eventually(lambda: (consumer(kube, name)["lagState"], consumer(kube, name).get("lag")) == ("Known", 12))
