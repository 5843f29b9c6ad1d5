"""Resources that want one topic in the same moment, and an operator that dies as soon as its topic is there."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import config
from integration.operator.cluster import Tenant, tenant
from integration.operator.conftest import resource_body
from integration.operator.envtest import ApiServer
from integration.operator.kube import RESOURCE, Body, eventually
from integration.operator.processes import OperatorProcess, running_operator

from ingestor_dev.embedded.kafka import EmbeddedKafka

TIMES = 4
"""So often a race is run."""


@pytest.fixture(scope="module")
def other_place(api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """Another namespace, with an operator of its own that does not see the first one's resources."""
    with tenant(api_server, tmp_path_factory.mktemp("other")) as made, started(made):
        yield made


def claiming(name: str, topic: str, dead: str, group: str, kafka: EmbeddedKafka) -> Body:
    spec: Body = {"kafka": {"topic": {"name": topic}, "deadLetterTopic": {"name": dead}, "consumerGroup": group}}
    return resource_body(name, kafka.bootstrap, spec)


def reason(place: Tenant, name: str) -> str:
    return str(place.kube.condition(name, "TopicReady")["reason"])


def run(one: tuple[Tenant, Body], other: tuple[Tenant, Body], claimed: str) -> None:
    """Create both at once, and see that one has everything, and the other one nothing."""
    sides = [(place, str(body["metadata"]["name"])) for place, body in (one, other)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda side: side[0].kube.create(side[1]), (one, other)))

    def reasons() -> list[str]:
        return sorted(reason(place, name) for place, name in sides)

    eventually(lambda: reasons() == sorted([claimed, "TopicsReady"]), 60)
    for place, name in sides:
        place.await_looks(name, 2)
    assert reasons() == sorted([claimed, "TopicsReady"])
    for place, name in sides:
        has_all = reason(place, name) == "TopicsReady"
        assert (f"{name}-consumer" in owned(place, name)) is has_all
        assert bool(owned(place, name)) is has_all
        place.kube.delete(RESOURCE, "IngestorDeployment", name)


def owned(place: Tenant, name: str) -> set[str]:
    """Names of what was made for the resource."""
    kinds = (("apps/v1", "Deployment"), ("batch/v1", "Job"), ("v1", "ConfigMap"), ("v1", "Service"))
    return {found for kind in kinds for found in place.kube.names(*kind) if found.startswith(f"{name}-")}


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("shared", ["everything", "dead letters", "group"])
def test_of_two_resources_made_at_once_one_has_everything(place: Tenant, kafka: EmbeddedKafka, shared: str) -> None:
    for _ in range(TIMES):
        one, other = (f"r{uuid4().hex[:8]}" for _ in range(2))
        topic = one if shared == "everything" else other
        dead = f"{other}.dlq" if shared == "group" else f"{one}.dlq"
        group = other if shared == "dead letters" else one
        bodies = claiming(one, one, f"{one}.dlq", one, kafka), claiming(other, topic, dead, group, kafka)
        run((place, bodies[0]), (place, bodies[1]), "GroupClaimed" if shared == "group" else "TopicClaimed")


@pytest.mark.usefixtures("operator")
def test_so_it_is_with_two_operators(place: Tenant, other_place: Tenant, kafka: EmbeddedKafka) -> None:
    for _ in range(TIMES):
        one, other = (f"r{uuid4().hex[:8]}" for _ in range(2))
        bodies = (claiming(name, one, f"{one}.dlq", one, kafka) for name in (one, other))
        run((place, next(bodies)), (other_place, next(bodies)), "TopicClaimed")


def test_an_operator_killed_when_its_topic_is_there_knows_it_again(
    api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    with tenant(api_server, tmp_path_factory.mktemp("killed")) as place:
        for _ in range(TIMES):
            kill_and_restart(place, f"r{uuid4().hex[:8]}", kafka, kafka_admin)


def kill_and_restart(place: Tenant, name: str, kafka: EmbeddedKafka, kafka_admin: AdminClient) -> None:
    with started(place) as process:
        place.kube.create(claiming(name, name, f"{name}.dlq", name, kafka))
        eventually(lambda: name in kafka_admin.list_topics(timeout=5).topics)
        process.kill()
    with started(place):
        place.kube.await_condition(name, "TopicReady", "TopicsReady", 60)
        status = place.kube.resource(name)["status"]
        assert (status["topic"]["made"], status["deadLetterTopic"]["made"]) == (True, True)
        place.kube.change(name, {"kafka": {"topic": {"retentionHours": 24}}})
        eventually(lambda: config(kafka_admin, name, "retention.ms") == str(24 * 3_600_000))
        place.kube.delete(RESOURCE, "IngestorDeployment", name)


def test_after_a_kill_nobody_gets_a_topic_that_it_was_told_is_anothers(
    api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory, kafka: EmbeddedKafka
) -> None:
    with tenant(api_server, tmp_path_factory.mktemp("claims")) as place:
        for _ in range(TIMES):
            kill_when_told(place, [f"r{uuid4().hex[:8]}" for _ in range(3)], kafka)


def kill_when_told(place: Tenant, names: list[str], kafka: EmbeddedKafka) -> None:
    topic, kube = names[0], place.kube
    for name in names:
        kube.create(claiming(name, topic, f"{topic}.dlq", name, kafka))
    with started(place) as process:
        eventually(lambda: any(has_topic_condition(place, name) for name in names))
        process.kill()
    told = [name for name in names if "TopicClaimed" in kube.event_reasons(name)]
    with started(place):
        settled = sorted(["TopicClaimed", "TopicClaimed", "TopicsReady"])
        eventually(lambda: sorted(reason(place, name) for name in names) == settled, 60)
        assert {reason(place, name) for name in told} <= {"TopicClaimed"}
        (winner,) = (name for name in names if reason(place, name) == "TopicsReady")
        assert kube.resource(winner)["status"]["topic"]["made"]
        for name in names:
            kube.delete(RESOURCE, "IngestorDeployment", name)


def has_topic_condition(place: Tenant, name: str) -> bool:
    conditions = place.kube.resource(name).get("status", {}).get("conditions", [])
    return any(condition["type"] == "TopicReady" for condition in conditions)


def started(place: Tenant) -> AbstractContextManager[OperatorProcess]:
    return running_operator(place.kubeconfig, place.folder, place.user, f"--namespace={place.name}")
