"""Kafka's administration calls for one cluster, as coroutines."""

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any
from uuid import uuid4

from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewPartitions, NewTopic

from ingestor_common.kafka import about
from ingestor_common.kafka_groups.groups import COORDINATOR_MOVES, Groups
from ingestor_operator.kafka.asked import AskedSettings
from ingestor_operator.kafka.committed import CommittedOffsets
from ingestor_operator.kafka.credentials import ClientConfig, security
from ingestor_operator.kafka.facts import TopicFacts
from ingestor_operator.kafka.marks import MARK_GROUP, MARK_OFFSET, OwnerMark, dump_mark, load_mark
from ingestor_operator.kafka.threads import drop_in_thread
from ingestor_operator.scaling import GroupState, Member

_NOT_TOLD = (GroupState.UNKNOWN, GroupState.ASSIGNING, GroupState.RECONCILING, GroupState.DEAD)
"""States of a group whose members may get the topic the next moment, or that is none of consumers."""

_RIGHT_LACKS = (
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
)

REQUEST_TIMEOUT = 5.0
"""Seconds for one request; a look at Kafka makes about nine, and has a time of its own for all of them."""


class Admin:
    """One connection to one cluster. Every call raises KafkaException where Kafka does not answer or refuses."""

    def __init__(self, config: ClientConfig) -> None:
        self._troubles: list[KafkaError] = []
        callbacks: dict[str, Any] = {"error_cb": self._troubles.append}
        self._client = AdminClient(dict(config) | callbacks)
        self._committed = CommittedOffsets(config, REQUEST_TIMEOUT)
        self._groups = Groups(str(config["bootstrap.servers"]), lambda: security(config), REQUEST_TIMEOUT)
        self._asked = AskedSettings()
        self._marks_forbidden: str | None = None
        self._mark_refused: str | None = None

    def close(self) -> list[asyncio.Future[None]]:
        """Let the connections go, without waiting for them to end. Gives what is done once those of this loop have."""
        self._committed.close()
        client = [self._client]
        del self._client
        drop_in_thread(client)
        return self._groups.close()

    def troubles(self) -> list[KafkaError]:
        """Errors of the connections since this was last asked; they tell why a request timed out."""
        # librdkafka keeps them until they are called for.
        self._client.poll(0)
        found = list(self._troubles)
        self._troubles.clear()
        return found

    async def topics(self, names: Iterable[str]) -> dict[str, TopicFacts]:
        """Those of the topics that exist."""
        wanted = list(names)
        futures = self._client.describe_topics(TopicCollection(wanted), request_timeout=REQUEST_TIMEOUT)
        found = {}
        for name, future in futures.items():
            try:
                found[name] = await _result_of(name, future)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise
        configs = await self._configs(found)
        return {
            name: _facts(description, configs[name], self._asked.looked(name, configs[name]))
            for name, description in found.items()
        }

    async def create_topic(
        self, name: str, partitions: int, replication_factor: int, config: Mapping[str, str]
    ) -> bool:
        """Create the topic; false where it exists by now, and so was made by somebody else."""
        topic = NewTopic(name, partitions, replication_factor, config=dict(config))
        futures = self._client.create_topics([topic], request_timeout=REQUEST_TIMEOUT)
        try:
            await _result(futures[name])
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
            return False
        self._asked.gave(name, config)
        return True

    async def marks(self, topics: Iterable[TopicFacts]) -> dict[str, OwnerMark]:
        """The owner marks of the topics, by their names; a topic without one is left out.

        None at all where the user may not read them, which `unmarkable` tells then.
        """
        ids = {topic.name: topic.id for topic in topics}
        return await self._marks(ids) if ids else {}

    async def mark(self, topic: str, topic_id: str) -> OwnerMark | None:
        """The owner mark of one topic, in the same manner."""
        return (await self._marks({topic: topic_id})).get(topic)

    async def _marks(self, ids: Mapping[str, str]) -> dict[str, OwnerMark]:
        try:
            # A question for offsets of a group that may not be described is not answered until it times out.
            await self.group(MARK_GROUP, "")
            found = await self._committed.metadata(MARK_GROUP, ids)
        except KafkaException as error:
            self._marks_forbidden = lacking_right(error)
            if self._marks_forbidden is None:
                raise
            return {}
        self._marks_forbidden = None
        marks = {name: load_mark(metadata, ids[name]) for name, metadata in found.items()}
        return {name: mark for name, mark in marks.items() if mark}

    async def set_mark(self, topic: str, mark: OwnerMark) -> None:
        """Write the owner mark of the topic; where the user may not, `unmarkable` tells so afterwards."""
        try:
            # As for reading: a commit for a group that may not be described waits for its coordinator.
            await self.group(MARK_GROUP, "")
            await self._committed.set_metadata(MARK_GROUP, topic, MARK_OFFSET, dump_mark(mark))
        except KafkaException as error:
            self._mark_refused = lacking_right(error)
            if self._mark_refused is None:
                raise
        else:
            self._mark_refused = None

    @property
    def unmarkable(self) -> str | None:
        """Kafka's words where the user could not read or write owner marks when it last tried."""
        return self._marks_forbidden or self._mark_refused

    async def set_partitions(self, name: str, total: int) -> None:
        """Raise the number of partitions to the total."""
        request = [NewPartitions(name, total)]
        await _result(self._client.create_partitions(request, request_timeout=REQUEST_TIMEOUT)[name])

    async def set_config(self, name: str, changes: Mapping[str, str]) -> None:
        """Set these settings of the topic and leave its others alone."""
        entries = [
            ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in changes.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
        futures = self._client.incremental_alter_configs([resource], request_timeout=REQUEST_TIMEOUT)
        await _result(futures[resource])
        self._asked.gave(name, changes)

    async def delete_topic(self, name: str) -> None:
        """Delete the topic; one that is gone already is as good."""
        futures = self._client.delete_topics([name], request_timeout=REQUEST_TIMEOUT)
        try:
            await _result(futures[name])
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise

    async def group(self, name: str, topic: str) -> tuple[GroupState, tuple[Member, ...]]:
        """State of the group and the partitions of the topic that each member holds."""
        try:
            found = await self._groups.describe(name, topic)
        except KafkaException as error:
            if error.args[0].code() in COORDINATOR_MOVES:
                return GroupState.UNKNOWN, ()
            raise
        state = GroupState(found.state) if found.state in set(GroupState) else GroupState.UNKNOWN
        return state, tuple(Member(each.member_id, each.partitions, each.unread) for each in found.members)

    async def committed(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        """Committed offsets by partition; UNCOMMITTED where there is none."""
        return await self._committed.of(group, topic, partitions)

    async def log_starts(self, topic: str, partitions: int) -> dict[int, int]:
        """Offset of the oldest record of each partition; a partition without a leader is left out."""
        return await self._offsets(topic, partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    async def log_ends(self, topic: str, partitions: int) -> dict[int, int]:
        """Offset of the next record of each partition; a partition without a leader is left out."""
        return await self._offsets(topic, partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]

    async def groups(self) -> list[str]:
        """Names of all groups; raises where a broker does not list its own, or not all of them to this user."""
        # A broker leaves out, without a word, what the user may not describe. Only whoever may describe all groups may
        # describe one of a name that nobody has given.
        await self.group(uuid4().hex, "")
        return await self._groups.names()

    async def uses(self, group: str, topic: str, partitions: int) -> bool | None:
        """Whether the group has members on the topic, or has committed offsets of it; None where it cannot be told.

        That is so while the group moves, where an offset or a member's assignment cannot be read, and for a listed
        group that cannot be described as one of consumers (a share group). Raises where its members are not told, and
        it has no offsets.
        """
        refusal = None
        try:
            state, members = await self.group(group, topic)
        except KafkaException as error:
            if not is_answer(error):
                raise
            # Members of the newer protocol are not told to whoever may not describe all topics that they read.
            refusal, state, members = error, GroupState.UNKNOWN, ()
        if any(member.partitions for member in members):
            return True
        try:
            offsets = await self._groups.offsets(group, topic, partitions)
        except KafkaException as error:
            if error.args[0].code() in COORDINATOR_MOVES:
                return None
            raise
        if any(offset >= 0 for offset in offsets.values()):
            return True
        if refusal:
            raise refusal
        is_told = state not in _NOT_TOLD and not any(member.unread for member in members)
        if not is_told or len(offsets) < partitions:
            return None
        return False

    async def _configs(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        if not resources:
            return {}
        futures = self._client.describe_configs(resources, request_timeout=REQUEST_TIMEOUT)
        described = {resource.name: await _result_of(resource.name, future) for resource, future in futures.items()}
        return {
            name: {key: entry.value for key, entry in entries.items() if entry.value is not None}
            for name, entries in described.items()
        }

    async def _offsets(self, topic: str, partitions: int, spec: OffsetSpec) -> dict[int, int]:
        request = {TopicPartition(topic, number): spec for number in range(partitions)}
        futures = self._client.list_offsets(
            request, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=REQUEST_TIMEOUT
        )
        results = await asyncio.gather(*(_result(future) for future in futures.values()), return_exceptions=True)
        if results and all(isinstance(result, BaseException) for result in results):
            raise next(result for result in results if isinstance(result, BaseException))
        return {
            place.partition: result.offset
            for place, result in zip(futures, results, strict=True)
            if not isinstance(result, BaseException)
        }


def is_answer(error: KafkaException) -> bool:
    """Whether a broker has answered so; else nobody has answered, and librdkafka or a connection says why."""
    return bool(error.args[0].code() >= KafkaError.UNKNOWN)


def lacking_right(error: KafkaException) -> str | None:
    """Kafka's words where it refuses for want of a right."""
    failure = error.args[0]
    return str(failure.str()).rstrip(". ") if failure.code() in _RIGHT_LACKS else None


async def _result_of(topic: str, future: Future[Any]) -> Any:
    """What was answered of the topic; where a right lacks, the error names it, as a broker does not."""
    try:
        return await _result(future)
    except KafkaException as error:
        raise (about(f"topic {topic}", error) if lacking_right(error) else error) from None


async def _result(future: Future[Any]) -> Any:
    return await asyncio.wrap_future(future)


def _facts(description: Any, config: Mapping[str, str], asked: Mapping[str, str]) -> TopicFacts:
    return TopicFacts(
        name=description.name,
        id=str(description.topic_id),
        partitions=len(description.partitions),
        replication_factor=min(len(partition.replicas) for partition in description.partitions),
        config=config,
        asked=asked,
    )
