"""A restarted operator decides as one that stayed: what it learned is in the status."""

from contextlib import ExitStack

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import commit, create, produce
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Kube, eventually
from integration.operator.members import running_pods
from integration.operator.processes import running_operator

from ingestor_dev.embedded.kafka import EmbeddedKafka

AUTOSCALING = {"drainTargetSeconds": 5, "intervalSeconds": 5}


@pytest.mark.parametrize("restart", [False, True], ids=["it stays", "it is killed and started again"])
def test_the_first_rise_is_met_with_the_rate_that_was_learned(
    place: Tenant, kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient, restart: bool
) -> None:
    options = f"--namespace={place.name}"
    reasons: set[str] = set()
    with ExitStack() as stack:
        first = stack.enter_context(running_operator(place.kubeconfig, place.folder, place.user, options))
        name = make({"paused": True, "consumer": {"autoscaling": AUTOSCALING, "replicas": {"pinned": 1}}})
        create(kafka_admin, name, 3)
        produce(kafka, name, 12_000)
        commit(kafka, name, name, dict.fromkeys(range(3), 0))
        kube.change(name, {"paused": False})
        kube.await_condition(name, "TopicReady", "TopicsReady")
        kube.bring_up(name)
        with running_pods(kube, kafka, name, rate=100):
            eventually(lambda: kube.resource(name)["status"].get("scaling", {}).get("ratePerReplica"), 60)
            learned = kube.resource(name)["status"]["scaling"]["ratePerReplica"]
            if restart:
                first.kill()
            kube.change(name, {"consumer": {"replicas": {"pinned": None}}})
            if restart:
                stack.enter_context(running_operator(place.kubeconfig, place.folder, place.user, options))

            def is_taken() -> bool:
                reasons.add(kube.condition(name, "ScalingActive")["reason"])
                return bool(kube.resource(name)["status"]["decisions"][0]["direction"] == "up")

            eventually(is_taken, 30)
            move = kube.resource(name)["status"]["decisions"][0]
    assert (move["reason"], move["current"], move["replicas"]) == ("CapacityShort", 1, 2)
    assert move["inputs"]["ratePerReplica"] == pytest.approx(learned, rel=0.3)
    assert "RateUnknown" not in reasons
