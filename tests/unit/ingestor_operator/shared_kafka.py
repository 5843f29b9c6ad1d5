"""A Kafka and API servers in a few dictionaries, whose every call waits for its turn: a test decides who goes on."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from httpx2 import ConnectError, HTTPError, Request

from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kafka.facts import TopicFacts
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.kubernetes.cluster import Cluster, Objects, Secret
from ingestor_operator.kubernetes.difference import owner_of
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.metrics import Metrics
from ingestor_operator.model.resource import Resource
from ingestor_operator.reconcile import Reconciler
from ingestor_operator.scaling import GroupState, Member

Choose = Callable[[list[str]], int]
"""Which of the waiting rounds goes on, by the names of the calls before which they wait."""


class Turns:
    """Rounds that each wait before every call."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Task[Any], asyncio.Event] = {}
        self._calls: dict[asyncio.Task[Any], str] = {}

    async def wait(self, call: str) -> None:
        """Wait for the turn to make the call; rounds outside of `run` have it always."""
        task = asyncio.current_task()
        if task in self._waiting:
            self._calls[task] = call
            self._waiting[task].clear()
            await self._waiting[task].wait()

    async def run(self, rounds: Iterable[Any], choose: Choose, steps: int = 10_000) -> None:
        """Let one round after the other make a step, so many in all; what has not ended by then is killed."""
        # No time passes, so that what waits for its turn is never late, however slow the machine is.
        asyncio.get_running_loop().time = lambda: 0.0  # type: ignore[method-assign]
        live = [asyncio.ensure_future(one) for one in rounds]
        for task in live:
            self._waiting[task] = asyncio.Event()
            self._waiting[task].set()
        while live and steps:
            await self._settle(live)
            for task in [task for task in live if task.done()]:
                live.remove(task)
                del self._waiting[task]
                task.result()
            if live:
                self._waiting[live[choose([self._calls.get(task, "") for task in live])]].set()
                steps -= 1
        for task in live:
            task.cancel()
            del self._waiting[task]
        await asyncio.gather(*live, return_exceptions=True)

    async def _settle(self, live: list[asyncio.Task[Any]]) -> None:
        """Until each of them waits, or has ended."""
        while True:
            await asyncio.sleep(0)
            if all(task.done() or not self._waiting[task].is_set() for task in live):
                return


@dataclass
class SharedKafka:
    """Topics and their owner marks. The last mark that is written stands."""

    turns: Turns
    topics: dict[str, TopicFacts] = field(default_factory=dict)
    made: int = 0
    refuses_topics: int | None = None
    """The error with which it answers whoever makes a topic."""
    loses_answers: bool = False
    """Whether it makes topics without an answer in time."""
    fails_marks: bool = False
    """Whether it does not take owner marks in time."""
    refuses_marks: str | None = None
    """Its words, where owner marks can be neither read nor written."""
    is_away: bool = False


class SharedAdmin(Admin):
    """A connection to it."""

    def __init__(self, kafka: SharedKafka) -> None:
        self._kafka = kafka
        self._turns = kafka.turns

    def troubles(self) -> list[Any]:
        return []

    @property
    def unmarkable(self) -> str | None:
        return self._kafka.refuses_marks

    async def topics(self, names: Iterable[str]) -> dict[str, TopicFacts]:
        await self._turns.wait("topics")
        if self._kafka.is_away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        found = self._kafka.topics
        return {name: replace(found[name], mark=None) for name in names if name in found}

    async def create_topic(
        self, name: str, partitions: int, replication_factor: int, config: Mapping[str, str]
    ) -> bool:
        await self._turns.wait("create_topic")
        if self._kafka.refuses_topics is not None:
            raise KafkaException(KafkaError(self._kafka.refuses_topics))
        if name in self._kafka.topics:
            return False
        self._kafka.made += 1
        facts = TopicFacts(name, f"id-{self._kafka.made}", partitions, replication_factor, dict(config))
        self._kafka.topics[name] = facts
        if self._kafka.loses_answers:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return True

    async def marks(self, topics: Iterable[TopicFacts]) -> dict[str, OwnerMark]:
        await self._turns.wait("marks")
        if self._kafka.refuses_marks:
            return {}
        found = {topic.name: self._kafka.topics[topic.name].mark for topic in topics}
        return {name: mark for name, mark in found.items() if mark}

    async def mark(self, topic: str, topic_id: str) -> OwnerMark | None:
        await self._turns.wait("mark")
        if self._kafka.refuses_marks:
            return None
        return self._kafka.topics[topic].mark

    async def set_mark(self, topic: str, mark: OwnerMark) -> None:
        await self._turns.wait("set_mark")
        if self._kafka.fails_marks:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        if self._kafka.refuses_marks:
            return
        self._kafka.topics[topic] = replace(self._kafka.topics[topic], mark=mark)

    async def set_config(self, name: str, changes: Mapping[str, str]) -> None:
        await self._turns.wait("set_config")
        present = self._kafka.topics[name]
        self._kafka.topics[name] = replace(present, config={**present.config, **changes})

    async def set_partitions(self, name: str, total: int) -> None:
        await self._turns.wait("set_partitions")
        self._kafka.topics[name] = replace(self._kafka.topics[name], partitions=total)

    async def delete_topic(self, name: str) -> None:
        await self._turns.wait("delete_topic")
        del self._kafka.topics[name]

    async def groups(self) -> list[str]:
        return []

    async def group(self, name: str, topic: str) -> tuple[GroupState, tuple[Member, ...]]:
        return GroupState.EMPTY, ()

    async def committed(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        return dict.fromkeys(range(partitions), 0)

    async def log_starts(self, topic: str, partitions: int) -> dict[int, int]:
        return dict.fromkeys(range(partitions), 0)

    async def log_ends(self, topic: str, partitions: int) -> dict[int, int]:
        return dict.fromkeys(range(partitions), 0)


class SharedClients(KafkaClients):
    """Connections of one operator: to the one Kafka, or to several by their addresses."""

    def __init__(self, kafka: SharedKafka | Mapping[str, SharedKafka]) -> None:
        self._kafka = kafka

    def of(self, resource: Resource, secrets: Mapping[str, Mapping[str, str]]) -> Admin:
        address = resource.spec.kafka.bootstrap_servers
        return SharedAdmin(self._kafka if isinstance(self._kafka, SharedKafka) else self._kafka[address])

    def forget(self, uid: str) -> None:
        pass


class Namespace(Cluster):
    """An API server with one namespace, which is all that its operator sees."""

    def __init__(self, name: str, turns: Turns) -> None:
        self.name = name
        self._turns = turns
        self.bodies: dict[str, Manifest] = {}
        self.live: Objects = {}
        self.events: list[Manifest] = []
        self.refuses_status = False
        self.statuses: list[dict[str, Any]] = []
        """Those that were written, the oldest first."""
        self.refuses_finalizers: HTTPError | None = None

    def owned_by(self, uid: str) -> set[str]:
        """Kinds and names of the objects of the resource."""
        return {f"{kind} {name}" for (kind, name), body in self.live.items() if owner_of(body) == uid}

    async def resource(self, namespace: str, name: str) -> Manifest | None:
        return self.bodies[name]

    async def namespace_ends(self, name: str) -> bool:
        return False

    async def resources(self, namespace: str) -> list[Manifest]:
        await self._turns.wait("resources")
        return list(self.bodies.values())

    async def secret(self, namespace: str, name: str) -> Secret | None:
        return Secret({}, "1")

    async def owned(self, namespace: str, instance: str, kinds: Iterable[tuple[str, str]]) -> Objects:
        await self._turns.wait("owned")
        return {key: body for key, body in self.live.items() if key[1].startswith(f"{instance}-")}

    async def pods(self, namespace: str, instance: str) -> tuple[Manifest, ...]:
        return ()

    async def warnings(self, namespace: str, uid: str) -> list[Manifest]:
        return []

    async def namespace_uid(self, name: str) -> str:
        return f"uid of {self.name}"

    async def allowed(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        return True

    async def find(self, manifest: Manifest) -> Manifest | None:
        return self.live.get((manifest["kind"], manifest["metadata"]["name"]))

    async def create(self, manifest: Manifest) -> Manifest:
        if manifest["kind"] == "Event":
            self.events.append(manifest)
        return manifest

    async def apply(self, manifest: Manifest) -> Manifest:
        await self._turns.wait("apply")
        key = (manifest["kind"], manifest["metadata"]["name"])
        made = {"uid": "-".join(key), "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z"}
        applied = manifest | {"metadata": manifest["metadata"] | made}
        self.live[key] = applied
        return applied

    async def delete(self, manifest: Manifest) -> bool:
        await self._turns.wait("delete")
        return self.live.pop((manifest["kind"], manifest["metadata"]["name"]), None) is not None

    async def scale_deployment(self, namespace: str, name: str, replicas: int) -> None:
        await self._turns.wait("scale_deployment")
        self.live["Deployment", name]["spec"]["replicas"] = replicas

    async def try_finalizers(self, namespace: str, name: str, finalizers: list[str]) -> None:
        if self.refuses_finalizers:
            raise self.refuses_finalizers

    async def write_status(self, namespace: str, name: str, uid: str, status: dict[str, Any]) -> None:
        await self._turns.wait("write_status")
        if self.refuses_status:
            raise ConnectError("", request=Request("PATCH", "http://api/"))
        self.bodies[name] = self.bodies[name] | {"status": status}
        self.statuses.append(status)

    def operator(self, kafka: SharedKafka | Mapping[str, SharedKafka]) -> Reconciler:
        """An operator that has just started."""
        return Reconciler(self, SharedClients(kafka), Metrics("0"), Release("a", "c"), self.name)

    def warned(self, reason: str) -> set[str]:
        """Names of the resources that have an event of the reason."""
        return {event["involvedObject"]["name"] for event in self.events if event["reason"] == reason}

    def reason(self, name: str, condition: str = "TopicReady") -> str:
        """Reason of the resource's condition."""
        conditions = self.bodies[name].get("status", {}).get("conditions", [])
        return next((str(item["reason"]) for item in conditions if item["type"] == condition), "")
