"""The number of consumers follows the backlog of a real group, within what helps."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import commit, create, produce
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually, merged
from integration.operator.members import running_pods
from integration.stack import KafkaFactory

from ingestor_dev.embedded.kafka import EmbeddedKafka

pytestmark = pytest.mark.usefixtures("operator")
WINDOW = 8
QUICK = {"drainTargetSeconds": 5, "scaleDownStabilizationSeconds": WINDOW, "intervalSeconds": 1}


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
    # One consumer takes 90 s, and two have been watched for 20 s when three still have more than 5 s before them.
    produce(kafka, name, 9000)
    commit(kafka, name, name, dict.fromkeys(range(3), 0))
    kube.change(name, {"paused": False})
    settle(kube, name)
    taken: dict[datetime, Body] = {}
    needed_until = datetime.now(UTC)

    def remember() -> None:
        """Keep the moves, of which the status keeps five, and the last moment at which three were needed."""
        nonlocal needed_until
        status = kube.resource(name)["status"]
        taken.update(
            {datetime.fromisoformat(move["time"]): move for move in status["decisions"] if move["direction"] != "hold"}
        )
        if status["consumer"].get("lag", 0) > 1000:
            needed_until = datetime.now(UTC)

    def reached(look: Callable[[], bool]) -> bool:
        remember()
        return look()

    with running_pods(kube, kafka, name, rate=100) as pods:
        eventually(lambda: reached(lambda: wanted(kube, name) == 3), 60)
        eventually(lambda: reached(lambda: kube.condition(name, "ScalingLimited")["reason"] == "Bounded"), 10)
        eventually(lambda: reached(lambda: consumer(kube, name).get("lag") == 0), 60)
        eventually(lambda: reached(lambda: wanted(kube, name) == 1), 60)
        eventually(lambda: reached(lambda: taken[max(taken)]["replicas"] == 1), 10)
        assert pods.most == 3
    moves = [(taken[time]["direction"], taken[time]["current"], taken[time]["replicas"]) for time in sorted(taken)]
    ups = [move for move in moves if move[0] == "up"]
    downs = [move for move in moves if move[0] == "down"]
    assert moves == ups + downs
    assert ups == [("up", 1, 2), ("up", 2, 3)]
    assert downs in ([("down", 3, 1)], [("down", 3, 2), ("down", 2, 1)])
    first_down = min(time for time, move in taken.items() if move["direction"] == "down")
    # The lag in the status is up to a look and a poll old.
    assert (first_down - needed_until).total_seconds() > WINDOW - 3
    decisions = kube.resource(name)["status"]["decisions"]
    assert len(decisions) <= 5
    assert all({"lag", "ratePerReplica", "partitions"} <= decision["inputs"].keys() for decision in decisions[:1])
    scaled = [event["message"] for event in kube.events(name) if event["reason"] == "Scaled"]
    assert len(scaled) == len(moves)


def test_lag_that_is_not_known_holds(place: Tenant, kube: Kube, make: MakeResource, kafka: EmbeddedKafka) -> None:
    name = make({"consumer": {"autoscaling": QUICK, "replicas": {"pinned": 3}}})
    settle(kube, name)
    # One that stores nothing yet commits nothing.
    with running_pods(kube, kafka, name, rate=0.01):
        eventually(lambda: consumer(kube, name)["ready"] == 3)
        produce(kafka, name, 1000)
        kube.change(name, {"consumer": {"replicas": {"pinned": None}}})
        condition = kube.await_condition(name, "ScalingActive", "LagUncommitted")
        assert condition["status"] == "False"
        assert consumer(kube, name)["lagState"] == "Uncommitted"
        assert "lag" not in consumer(kube, name)
        # Neither up for the records nor, after the window, down.
        place.await_looks(name, WINDOW + 3)
        assert kube.condition(name, "ScalingActive")["reason"] == "LagUncommitted"
        assert wanted(kube, name) == 3


def test_a_kafka_that_goes_away_holds_and_its_coming_back_goes_on(
    place: Tenant, kube: Kube, make: MakeResource, private_kafka: KafkaFactory
) -> None:
    broker = private_kafka()
    pinned = {"kafka": {"bootstrapServers": broker.bootstrap}, "consumer": {"replicas": {"pinned": 3}}}
    name = make(merged(pinned, {"consumer": {"autoscaling": QUICK}}))
    settle(kube, name)
    commit(broker, name, name, dict.fromkeys(range(3), 0))
    eventually(lambda: wanted(kube, name) == 3)
    eventually(lambda: consumer(kube, name)["lagState"] == "Known")
    broker.kill()
    kube.change(name, {"consumer": {"replicas": {"pinned": None}}})
    kube.await_condition(name, "TopicReady", "KafkaUnreachable", 60)
    kube.await_condition(name, "ScalingActive", "LagUnknown")
    place.await_looks(name, 2)
    assert wanted(kube, name) == 3
    eventually(lambda: "KafkaUnreachable" in kube.event_reasons(name))
    broker.start()
    broker.wait_ready()
    kube.await_condition(name, "TopicReady", "TopicsReady", 60)
    assert consumer(kube, name)["lagState"] == "Known"


def test_kubectl_scale_pins_until_it_is_unpinned(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"autoscaling": QUICK}})
    settle(kube, name)
    place.kubectl("scale", "ingd", name, "--replicas=3")
    eventually(lambda: wanted(kube, name) == 3)
    condition = kube.await_condition(name, "ScalingActive", "Pinned")
    assert "kubectl scale" in condition["message"]
    place.kubectl("scale", "ingd", name, "--replicas=0")
    eventually(lambda: wanted(kube, name) == 0)
    kube.run_pods(f"{name}-consumer")
    kube.await_condition(name, "ConsumerReady", "ScaledToZero")
    kube.await_condition(name, "Ready", "AllReady")
    assert "Pinned to 0 by kubectl scale" in kube.condition(name, "ScalingActive")["message"]
    place.kubectl("scale", "ingd", name, "--replicas=2")
    eventually(lambda: wanted(kube, name) == 2)
    kube.run_pods(f"{name}-consumer")
    kube.await_condition(name, "ConsumerReady", "PodsReady")
    place.kubectl("scale", "ingd", name, "--replicas=0")
    eventually(lambda: wanted(kube, name) == 0)
    kube.change(name, {"consumer": {"replicas": {"pinned": None}}})
    eventually(lambda: wanted(kube, name) >= 1)


def test_the_minimum_is_kept(kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"replicas": {"min": 2}, "autoscaling": QUICK}})
    settle(kube, name)
    eventually(lambda: wanted(kube, name) == 2)


def test_a_lower_maximum_is_followed(kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"replicas": {"min": 3}, "autoscaling": QUICK}})
    settle(kube, name)
    eventually(lambda: wanted(kube, name) == 3)
    kube.change(name, {"consumer": {"replicas": {"min": 1, "max": 2}}})
    eventually(lambda: wanted(kube, name) == 2)
    # The status is written after the deed.
    eventually(
        lambda: "AboveMaximum" in {decision["reason"] for decision in kube.resource(name)["status"]["decisions"]}
    )


def test_without_autoscaling_the_number_stays(
    place: Tenant, kube: Kube, make: MakeResource, kafka: EmbeddedKafka
) -> None:
    name = make({"consumer": {"autoscaling": QUICK | {"enabled": False}}})
    settle(kube, name)
    produce(kafka, name, 3000)
    commit(kafka, name, name, dict.fromkeys(range(3), 0))
    eventually(lambda: consumer(kube, name).get("lag") == 3000)
    assert kube.await_condition(name, "ScalingActive", "AutoscalingDisabled")["status"] == "False"
    place.await_looks(name, 5)
    assert wanted(kube, name) == 1


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


@pytest.mark.parametrize(
    ("meanwhile", "comes_back"),
    [({}, 4), ({"max": 3}, 3), ({"pinned": 2}, 2)],
    ids=["as it was", "within a new maximum", "as it is pinned"],
)
def test_a_deployment_that_is_deleted_comes_back_with_the_number_decided_last(
    place: Tenant, kube: Kube, make: MakeResource, meanwhile: Body, comes_back: int
) -> None:
    name = make({"kafka": {"topic": {"partitions": 4}}, "consumer": {"replicas": {"min": 4}}})
    settle(kube, name)
    eventually(lambda: wanted(kube, name) == 4)
    kube.change(name, {"consumer": {"replicas": {"min": 1}}})
    place.await_looks(name, 2)
    assert wanted(kube, name) == 4
    kube.change(name, {"paused": True, "consumer": {"replicas": meanwhile}})
    eventually(lambda: kube.resource(name)["status"].get("paused"))
    uid = kube.get("apps/v1", "Deployment", f"{name}-consumer")["metadata"]["uid"]
    kube.delete("apps/v1", "Deployment", f"{name}-consumer")
    kube.change(name, {"paused": False})

    def is_back() -> bool:
        found = kube.find("apps/v1", "Deployment", f"{name}-consumer")
        return found is not None and found["metadata"]["uid"] != uid and wanted(kube, name) == comes_back

    eventually(is_back)
    place.await_looks(name, 2)
    assert (wanted(kube, name), consumer(kube, name)["desired"]) == (comes_back, comes_back)
    (move, *_) = [one for one in kube.resource(name)["status"]["decisions"] if one["direction"] == "up"]
    assert move["reason"] == ("Pinned" if "pinned" in meanwhile else "DecidedBefore")
    # What it has now was written: nothing of before counts any more.
    kube.change(name, {"consumer": {"replicas": {"max": 1, "pinned": None}}})
    eventually(lambda: wanted(kube, name) == 1)
    kube.change(name, {"consumer": {"replicas": {"max": None}}})
    place.await_looks(name, 2)
    assert wanted(kube, name) == 1
