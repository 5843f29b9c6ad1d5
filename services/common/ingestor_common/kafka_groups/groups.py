"""The groups of a cluster, and a group's state, members and offsets, as their coordinators tell them.

https://kafka.apache.org/protocol (Metadata, ListGroups, FindCoordinator, DescribeGroups, ConsumerGroupDescribe,
OffsetFetch)
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.errors import KafkaError as ClientError
from aiokafka.protocol.admin import DescribeGroupsRequest, ListGroupsRequest
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.metadata import MetadataRequest
from confluent_kafka import KafkaError, KafkaException

from ingestor_common.kafka_connections import connection_options
from ingestor_common.kafka_groups.assignments import assigned
from ingestor_common.kafka_groups.requests import ConsumerGroupDescribeRequest
from ingestor_common.kafka_log.requests import Exactly
from ingestor_common.network_addresses import Broker, brokers_of
from ingestor_common.network_faults import network_fault
from ingestor_common.settings import KafkaSettings

DEAD: Final = "Dead"
"""The state of a group that does not exist."""

COORDINATOR_MOVES: Final = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}
)
"""Answers of a cluster that is well: its first group is being made, or a broker has just been restarted."""

_CONSUMER: Final = "consumer"
_OF_A_GROUP: Final = 0
_SHOWN_LETTERS: Final = 40
_CLOSE_SECONDS: Final = 1.0
_NOT_THERE: Final = (KafkaError.GROUP_ID_NOT_FOUND, KafkaError.UNSUPPORTED_VERSION)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group, and the partitions of one topic that it holds, in order."""

    member_id: str
    client_id: str
    host: str
    partitions: tuple[int, ...] = ()
    unread: str | None = None
    """What it is, where its partitions cannot be told: a member of another protocol type, for instance."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group's state in its coordinator's words, and its members."""

    state: str
    members: tuple[Member, ...]


class Groups:
    """Connections to the brokers of one cluster, made when they are needed.

    Every call raises KafkaException where Kafka does not answer or refuses.
    """

    def __init__(self, brokers: str, options: Callable[[], Mapping[str, Any]], timeout: float) -> None:
        """`brokers` as in librdkafka's `bootstrap.servers`. `options` are those of aiokafka's connections; it may
        raise OSError. `timeout` is in seconds, for one request."""
        self._brokers: Final = brokers_of(brokers)
        self._options: Final = options
        self._timeout: Final = timeout
        self._connections: dict[Broker, AIOKafkaConnection] = {}
        self._connecting = asyncio.Lock()

    def close(self) -> list[asyncio.Future[None]]:
        """Let the connections go; what is asked just now fails. Gives what is done once they are closed."""
        ends = [end for connection in self._connections.values() if (end := connection.close())]
        self._connections.clear()
        return ends

    async def names(self) -> list[str]:
        """Names of all groups that the user may describe, of every type, as they are.

        Each broker lists those that it coordinates; one that does not would hide them, and so is an error.
        """
        metadata = await self._ask_any(MetadataRequest([]))
        brokers = [Broker(host, port) for _, host, port, *_ in metadata.brokers]
        if not brokers:
            raise KafkaException(KafkaError(KafkaError.BROKER_NOT_AVAILABLE))
        lists = await asyncio.gather(*map(self._list, brokers), return_exceptions=True)
        names: set[str] = set()
        for found in lists:
            if isinstance(found, BaseException):
                raise found
            names.update(found)
        return sorted(names)

    async def describe(self, name: str, topic: str) -> Group:
        """The group, and the partitions of the topic that each member holds."""
        coordinator = await self._coordinator(name)
        found = await self._describe_classic(coordinator, name, topic)
        # So is a group of the newer protocol described to who asks for one of the classic protocol.
        return found if found.state != DEAD else await self._describe_newer(coordinator, name, topic)

    async def offsets(self, name: str, topic: str, partitions: int) -> dict[int, int]:
        """The offsets that the group has committed, by partition; -1 where there is none.

        A partition of which that cannot be told is left out.
        """
        coordinator = await self._coordinator(name)
        answer = await self._ask(coordinator, OffsetFetchRequest(name, [(topic, list(range(partitions)))]))
        _refuse(answer.error_code)
        ((_, places),) = answer.topics
        return {number: offset for number, offset, _, error in places if not error}

    async def _list(self, broker: Broker) -> list[str]:
        answer = await self._ask(broker, ListGroupsRequest())
        _refuse(answer.error_code)
        return [name for name, _ in answer.groups]

    async def _describe_classic(self, coordinator: Broker, name: str, topic: str) -> Group:
        answer = await self._ask(coordinator, DescribeGroupsRequest([name]))
        code, _, state, protocol_type, _, members, *_ = answer.groups[0]
        _refuse(code)
        return Group(state, tuple(_classic_member(member, protocol_type, topic) for member in members))

    async def _describe_newer(self, coordinator: Broker, name: str, topic: str) -> Group:
        try:
            answer = await self._ask(coordinator, Exactly(ConsumerGroupDescribeRequest([name], False, {})))
            code, _, _, state, _, _, _, members, _, _ = answer.groups[0]
            _refuse(code)
        except KafkaException as error:
            if error.args[0].code() in _NOT_THERE:
                return Group(DEAD, ())
            raise
        return Group(state, tuple(_newer_member(member, topic) for member in members))

    async def _coordinator(self, name: str) -> Broker:
        answer = await self._ask_any(FindCoordinatorRequest(name, _OF_A_GROUP))
        _refuse(answer.error_code)
        return Broker(answer.host, answer.port)

    async def _ask_any(self, request: Any) -> Any:
        """The answer of one of the brokers that are named, those first that are connected."""
        failure = None
        for broker in sorted(self._brokers, key=lambda each: each not in self._connections):
            try:
                return await self._ask(broker, request)
            except KafkaException as error:
                failure = error
        raise failure or KafkaException(KafkaError(KafkaError._TRANSPORT, "no broker is named"))

    async def _ask(self, broker: Broker, request: Any) -> Any:
        try:
            return await (await self._connected(broker)).send(request)
        except IncompatibleBrokerVersion as error:
            raise KafkaException(KafkaError(KafkaError.UNSUPPORTED_VERSION, str(error))) from error
        except (ClientError, OSError, TimeoutError, EOFError, ValueError) as error:
            if connection := self._connections.pop(broker, None):
                connection.close()
            text = f"{broker.host}:{broker.port} does not answer: {network_fault(error)}"
            raise KafkaException(KafkaError(KafkaError._TRANSPORT, text)) from error

    async def _connected(self, broker: Broker) -> AIOKafkaConnection:
        async with self._connecting:
            kept = self._connections.get(broker)
            if kept is None or not kept.connected():
                kept = await create_conn(*broker, request_timeout_ms=round(self._timeout * 1000), **self._options())
                self._connections[broker] = kept
            return kept


async def describe_group(settings: KafkaSettings, client_id: str, seconds: float) -> Group:
    """The group of `settings`, asked once; one request may take `seconds`. Raises KafkaException."""
    groups = Groups(settings.kafka_brokers, lambda: connection_options(settings, client_id), seconds)
    try:
        return await groups.describe(settings.kafka_group, settings.kafka_topic)
    finally:
        if ends := groups.close():
            await asyncio.wait(ends, timeout=_CLOSE_SECONDS)


def printable(text: str) -> str:
    """A text that a member has chosen, for people: its beginning, without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_SHOWN_LETTERS])


def _refuse(code: int) -> None:
    if code:
        raise KafkaException(KafkaError(code))


def _classic_member(member: Any, protocol_type: str, topic: str) -> Member:
    member_id, client_id, host, _, assignment = member
    if protocol_type != _CONSUMER:
        return Member(member_id, client_id, host, unread=f"protocol type {printable(protocol_type)}")
    held = assigned(assignment or b"", topic)
    if held is None:
        return Member(member_id, client_id, host, unread="an assignment that cannot be read")
    return Member(member_id, client_id, host, held)


def _newer_member(member: Any, topic: str) -> Member:
    # Its assignment is the broker's own, also where a member of the classic protocol has joined such a group.
    member_id, _, _, _, client_id, host, _, _, (topics, _), _, _ = member
    held = {number for _, name, numbers, _ in topics if name == topic for number in numbers}
    return Member(member_id, client_id, host, tuple(sorted(held)))
