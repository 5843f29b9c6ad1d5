"""What a person reads first of an installation on a Kafka that has never had a consumer group."""

import pytest
from integration.operator.broker import commit, produce
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Kube, eventually
from integration.stack import KafkaFactory

pytestmark = pytest.mark.usefixtures("operator")


@pytest.mark.parametrize("turn", range(3))
def test_the_events_of_a_healthy_installation_hold_no_warning(
    kube: Kube, make: MakeResource, private_kafka: KafkaFactory, place: Tenant, turn: int
) -> None:
    broker = private_kafka()
    name = make({"kafka": {"bootstrapServers": broker.bootstrap}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    # The first records come before the first offset is committed.
    produce(broker, name, 6)
    kube.await_condition(name, "ScalingActive", "LagUncommitted")
    commit(broker, name, name, dict.fromkeys(range(3), 0))
    eventually(lambda: kube.resource(name)["status"]["consumer"].get("lag") == 6)
    place.await_looks(name, 3)
    assert [(one["reason"], one["message"]) for one in kube.events(name) if one["type"] != "Normal"] == []
    assert {"TopicCreated", "AllReady"} <= kube.event_reasons(name)
