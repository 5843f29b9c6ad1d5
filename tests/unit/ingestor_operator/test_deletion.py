"""A topic is deleted by what is seen directly before, however long the look at other groups took."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from msgspec.structs import replace
from unit.ingestor_operator.test_reconcile import Unanswering, stored

from ingestor_operator.deletion import Farewell
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kafka.facts import TopicFacts
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.kubernetes.cluster import Objects
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.metrics import Metrics
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.ownership import own_mark
from ingestor_operator.reconcile import Reconciler
from ingestor_operator.scaling import GroupState, Member


class Kafka(Admin):
    """A Kafka with both topics, all of which the group has read, and with another group that has nothing to do with
    them; something happens while that one is looked at."""

    def __init__(self, meanwhile: Callable[["Kafka"], None], partitions: int = 1) -> None:
        self.end = 5
        self.partitions = partitions
        self.owner_mark: OwnerMark | None = None
        self.names = {"quiz-events", "quiz-events.dlq"}
        self.deleted: list[str] = []
        self.meanwhile = meanwhile

    @property
    def unmarkable(self) -> str | None:
        return None

    async def topics(self, names: Iterable[str]) -> dict[str, TopicFacts]:
        return {name: TopicFacts(name, "id", self.partitions, 1) for name in names if name in self.names}

    async def marks(self, topics: Iterable[TopicFacts]) -> dict[str, OwnerMark]:
        return {topic.name: replace(self.owner_mark, topic=topic.id) for topic in topics} if self.owner_mark else {}

    async def group(self, group: str, topic: str) -> tuple[GroupState, tuple[Member, ...]]:
        return GroupState.EMPTY, ()

    async def committed(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        return dict.fromkeys(range(partitions), 5)

    async def log_starts(self, topic: str, partitions: int) -> dict[int, int]:
        return dict.fromkeys(range(partitions), 0)

    async def log_ends(self, topic: str, partitions: int) -> dict[int, int]:
        return dict.fromkeys(range(partitions), self.end)

    async def groups(self) -> list[str]:
        return ["elsewhere"]

    async def uses(self, group: str, topic: str, partitions: int) -> bool | None:
        self.meanwhile(self)
        return False

    async def delete_topic(self, name: str) -> None:
        self.deleted.append(name)

    def troubles(self) -> list[KafkaError]:
        return []


class Connected(KafkaClients):
    """Connections that all lead to one Kafka."""

    def __init__(self, kafka: Kafka) -> None:
        super().__init__()
        self._kafka = kafka

    def of(self, resource: Resource, secrets: Mapping[str, Mapping[str, str]]) -> Admin:
        return self._kafka


class Namespaced(Unanswering):
    """An API server whose namespace stays; it answers everything."""

    async def namespace_ends(self, name: str) -> bool:
        return False

    async def find(self, manifest: Manifest) -> Manifest | None:
        return None


async def reason_to_stay(resource: Resource, kafka: Kafka) -> str | None:
    """Reason for which the resource has to stay for now; None where it goes."""
    cluster = Namespaced()
    reconciler = Reconciler(cluster, Connected(kafka), Metrics("0"), Release("a", "c"), "school")
    problem = await Farewell(reconciler, cluster, timedelta(minutes=10)).release(resource)
    return problem.reason if problem else None


def moment() -> str:
    """The time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


USED = {
    "topic": {"name": "quiz-events", "id": "id", "made": False},
    "deadLetterTopic": {"name": "quiz-events.dlq", "id": "id", "made": False},
}
"""A status that says that both topics are used."""


@pytest.fixture
def going(make_resource: Any) -> Resource:
    """A resource that is being deleted, with the topics that it has taken over."""
    made: Resource = make_resource(
        "minimal",
        {"kafka.topic.deletionPolicy": "Delete"},
        deletionTimestamp=moment(),
        annotations={"ingestor.dev/adopt-topic": "true"},
        status=USED,
    )
    return made


async def test_topics_that_nobody_needs_are_deleted(going: Resource) -> None:
    kafka = Kafka(lambda kafka: None)
    assert await reason_to_stay(going, kafka) is None
    assert kafka.deleted == ["quiz-events", "quiz-events.dlq"]


async def test_an_event_that_comes_while_groups_are_looked_at_keeps_the_topic(going: Resource) -> None:
    def produce(kafka: Kafka) -> None:
        kafka.end = 6

    kafka = Kafka(produce)
    assert await reason_to_stay(going, kafka) == "LagRemains"
    assert kafka.deleted == []
    # The consumers read it, and nothing else comes.
    kafka.end, kafka.meanwhile = 5, lambda kafka: None
    assert await reason_to_stay(going, kafka) is None
    assert kafka.deleted == ["quiz-events", "quiz-events.dlq"]


async def test_a_topic_that_comes_while_groups_are_looked_at_is_not_deleted(going: Resource) -> None:
    def create(kafka: Kafka) -> None:
        kafka.names = {"quiz-events", "quiz-events.dlq"}

    kafka = Kafka(create)
    kafka.names = {"quiz-events"}
    assert await reason_to_stay(going, kafka) is None
    assert kafka.deleted == ["quiz-events"]


class Refusing(Kafka):
    """A Kafka that refuses some calls, by their names, for want of a right."""

    def __init__(self, **refused: int) -> None:
        super().__init__(lambda kafka: None)
        self._refused = refused

    async def groups(self) -> list[str]:
        self._answer("groups")
        return await super().groups()

    async def uses(self, group: str, topic: str, partitions: int) -> bool | None:
        self._answer("uses")
        return await super().uses(group, topic, partitions)

    async def delete_topic(self, name: str) -> None:
        self._answer(name)
        await super().delete_topic(name)

    def _answer(self, call: str) -> None:
        if call in self._refused:
            raise KafkaException(KafkaError(self._refused[call]))


@pytest.mark.parametrize(
    ("refused", "reason", "words"),
    [
        ({"groups": KafkaError.GROUP_AUTHORIZATION_FAILED}, "ForeignGroups", "Describe on all groups (*)"),
        ({"uses": KafkaError.GROUP_AUTHORIZATION_FAILED}, "ForeignGroups", "Describe on all groups (*)"),
        ({"uses": KafkaError.TOPIC_AUTHORIZATION_FAILED}, "ForeignGroups", "elsewhere: Topic authorization failed"),
        ({"uses": KafkaError.TOPIC_AUTHORIZATION_FAILED}, "ForeignGroups", "Describe on all topics (*)"),
        ({"quiz-events": KafkaError.TOPIC_AUTHORIZATION_FAILED}, "DeletionFailed", "Topic quiz-events is not deleted"),
        ({"quiz-events.dlq": KafkaError.TOPIC_AUTHORIZATION_FAILED}, "DeletionFailed", "needs Delete on it"),
    ],
)
@pytest.mark.parametrize("patience", [timedelta(minutes=10), timedelta(0)])
async def test_what_a_missing_right_does_not_let_know_or_delete_is_kept_and_the_right_named(
    going: Resource, refused: dict[str, int], reason: str, words: str, patience: timedelta
) -> None:
    kafka, cluster = Refusing(**refused), Namespaced()
    reconciler = Reconciler(cluster, Connected(kafka), Metrics("0"), Release("a", "c"), "school")
    problem = await Farewell(reconciler, cluster, patience).release(going)
    assert not set(refused) & set(kafka.deleted)
    assert (problem.reason if problem else None) == (reason if patience else None)
    (event,) = [event for event in cluster.events if event["reason"] == (reason if patience else "TopicRetained")]
    assert words in event["message"]
    assert "authorization failed" in event["message"]


class Shared(Namespaced):
    """An API server with another resource that claims the same topics."""

    def __init__(self, other: Manifest) -> None:
        super().__init__()
        self._other = other

    async def resources(self, namespace: str) -> list[Manifest]:
        return [self._other]


@pytest.mark.parametrize(
    ("policy", "is_going", "deleted"),
    [
        ("Delete", True, ["quiz-events", "quiz-events.dlq"]),
        ("Delete", False, []),
        ("Retain", True, []),
        ("Retain", False, []),
    ],
)
async def test_a_topic_is_kept_for_another_resource_unless_that_one_is_to_delete_it_too(
    going: Resource, policy: str, is_going: bool, deleted: list[str]
) -> None:
    other = stored()
    other["metadata"] |= {"name": "other", "uid": "uid-other"} | ({"deletionTimestamp": moment()} if is_going else {})
    other["spec"]["kafka"]["topic"] = {"deletionPolicy": policy}
    servers = other["spec"]["kafka"]["bootstrapServers"]
    other["status"] = {"topic": {"name": "quiz-events", "id": "id", "made": True, "bootstrapServers": servers}}
    kafka, cluster = Kafka(lambda kafka: None), Shared(other)
    kafka.owner_mark = own_mark(going, "n", "id", True, datetime.now(UTC))
    tested = Reconciler(cluster, Connected(kafka), Metrics("0"), Release("a", "c"), "school")
    assert await Farewell(tested, cluster, timedelta(minutes=10)).release(going) is None
    assert kafka.deleted == deleted


class Scaling(Namespaced):
    """An API server with a consumer Deployment; it keeps how many consumers were asked for."""

    def __init__(self, resource: Resource, replicas: int) -> None:
        super().__init__()
        self.replicas, self._owner = replicas, {"uid": resource.uid, "controller": True}
        self._name = f"{resource.name}-consumer"

    async def owned(self, namespace: str, instance: str, kinds: Iterable[tuple[str, str]]) -> Objects:
        pod = {"containers": [{"name": "consumer", "image": "c"}]}
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self._name, "uid": "d", "ownerReferences": [self._owner]},
            "spec": {"replicas": self.replicas, "template": {"spec": pod}},
        }
        return {("Deployment", self._name): deployment}

    async def scale_deployment(self, namespace: str, name: str, replicas: int) -> None:
        self.replicas = replicas


@pytest.mark.parametrize(("pinned", "scaled_to"), [(0, 0), (2, 2), (5, 3), (None, 1)])
async def test_the_consumers_of_a_resource_that_waits_for_its_lag_are_scaled_on(
    make_resource: Any, pinned: int | None, scaled_to: int
) -> None:
    metadata = {"deletionTimestamp": moment(), "annotations": {"ingestor.dev/adopt-topic": "true"}}
    changes = {"kafka.topic.deletionPolicy": "Delete"} | (
        {} if pinned is None else {"consumer.replicas": {"pinned": pinned}}
    )
    resource = make_resource("minimal", changes, **metadata)
    kafka = Kafka(lambda kafka: None, partitions=5)
    kafka.end, kafka.owner_mark = 6, own_mark(resource, "n", "id", True, datetime.now(UTC))
    cluster = Scaling(resource, replicas=0)
    tested = Reconciler(cluster, Connected(kafka), Metrics("0"), Release("a", "c"), "school")
    problem = await Farewell(tested, cluster, timedelta(minutes=10)).release(resource)
    assert problem is not None
    assert problem.reason == "LagRemains"
    assert cluster.replicas == scaled_to
    status = cluster.written[-1]
    assert status.get("pinned") == pinned
    assert status["lag"] == "5"
    ready = next(item for item in status["conditions"] if item["type"] == "Ready")
    assert (ready["status"], ready["reason"], ready["message"]) == ("False", "LagRemains", problem.message)
    assert [event["reason"] for event in cluster.events if event["reason"] == "LagRemains"] == ["LagRemains"]


async def test_consumers_that_are_pinned_to_none_are_named_as_what_is_waited_for(make_resource: Any) -> None:
    changes = {"kafka.topic.deletionPolicy": "Delete", "consumer.replicas": {"pinned": 0}}
    metadata = {"deletionTimestamp": moment(), "annotations": {"ingestor.dev/adopt-topic": "true"}, "status": USED}
    resource = make_resource("minimal", changes, **metadata)
    kafka = Kafka(lambda kafka: None)
    kafka.end = 6
    cluster = Scaling(resource, replicas=0)
    tested = Reconciler(cluster, Connected(kafka), Metrics("0"), Release("a", "c"), "school")
    problem = await Farewell(tested, cluster, timedelta(minutes=10)).release(resource)
    assert problem is not None
    assert "1 record is not stored yet; the consumers are pinned to 0, so unpin them" in problem.message
