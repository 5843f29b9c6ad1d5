"""Rates are learned from when the offsets were read, however long Kubernetes takes to answer the rest of a look."""

import time

from confluent_kafka.admin import AdminClient
from integration.operator.broker import commit, produce
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Kube, eventually
from integration.operator.members import running_pods
from integration.operator.processes import running_operator
from integration.operator.slow_lists import SlowLists

from ingestor_dev.embedded.kafka import EmbeddedKafka

RATE = 100
WATCHED = 25.0
"""Seconds: some ten looks."""


def test_lists_that_take_their_time_do_not_falsify_the_rate(
    place: Tenant, kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    with SlowLists(place.server.url, 3.0) as slow:
        kubeconfig = place.operator_kubeconfig(slow.url)
        with running_operator(kubeconfig, place.folder, place.user, f"--namespace={place.name}"):
            name = make({"kafka": {"topic": {"partitions": 1}}, "consumer": {"replicas": {"pinned": 1}}})
            eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-consumer"))
            kube.bring_up(name)
            produce(kafka, name, 6000)
            commit(kafka, name, name, {0: 0})
            with running_pods(kube, kafka, name, RATE):
                rates = seen_rates(kube, name)
    assert len(rates) >= 4
    assert all(0.75 * RATE < rate < 1.25 * RATE for rate in rates), rates


def seen_rates(kube: Kube, name: str) -> list[float]:
    """The rates that the status tells one after the other, from the first on."""
    eventually(lambda: "ratePerReplica" in kube.resource(name).get("status", {}).get("consumer", {}), 40)
    rates: list[float] = []
    deadline = time.monotonic() + WATCHED
    while time.monotonic() < deadline:
        told = kube.resource(name)["status"]["consumer"]["ratePerReplica"]
        if told not in rates[-1:]:
            rates.append(told)
        time.sleep(0.2)
    return rates
