"""A connection to the broker that leads one partition, and what it is asked."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaError as ClientError
from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient

from ingestor_common.kafka_connections import connection_options
from ingestor_common.kafka_log.record_sets import RecordSet, split
from ingestor_common.kafka_log.requests import (
    CONSUMER,
    READ_UNCOMMITTED,
    EpochEndRequest,
    Exactly,
    ListOffsetsRequest,
    fetch_request,
)
from ingestor_common.kafka_log.transactions import Aborted
from ingestor_common.network_faults import network_fault
from ingestor_common.settings import KafkaSettings

REQUEST_SECONDS: Final = 10.0
_CLIENT_ID: Final = "ingestor-consumer"
_EARLIEST: Final = -2
_LATEST: Final = -1
_UNKNOWN_EPOCH: Final = -1


class LeaderFault(RuntimeError):
    """The leader did not answer, or refused. `code` is Kafka's error code, None where there was no answer."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class LogRange:
    """The offsets that a partition's log has, from `start` to before `end`, and the epoch of its leader."""

    start: int
    end: int
    leader_epoch: int


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """The latest epoch in the log that is no later than the one asked for, and the offset behind its last record."""

    leader_epoch: int
    end: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch brought: complete record sets, in order. `stable_end` is how far a reader of committed records may
    go, `log_end` how far there are any."""

    sets: list[RecordSet]
    aborted: list[Aborted]
    stable_end: int
    log_end: int
    bytes: int

    @property
    def is_whole(self) -> bool:
        """Whether it ends with its last set, and not with one that is cut off."""
        return sum(len(each.raw) for each in self.sets) == self.bytes


def find_leaders(admin: AdminClient, topic: str, timeout: float) -> dict[int, Address]:
    """Where the present leaders of the topic's partitions listen; a partition without a leader is left out.

    Raises KafkaException where no broker answers.
    """
    metadata = admin.list_topics(topic, timeout=timeout)
    # The library's types say that a broker has no address.
    brokers: Any = metadata.brokers
    return {
        number: Address(brokers[partition.leader].host, brokers[partition.leader].port)
        for number, partition in metadata.topics[topic].partitions.items()
        if partition.leader in brokers
    }


class Leader:
    """Made by `connect`. Any fault closes it; a new one is made then, of a leader that is looked up anew."""

    def __init__(self, connection: AIOKafkaConnection, topic: str, partition: int) -> None:
        self._connection: Final = connection
        self._topic: Final = topic
        self._partition: Final = partition
        self._epoch = _UNKNOWN_EPOCH

    @classmethod
    async def connect(cls, settings: KafkaSettings, leaders: Mapping[int, Address], partition: int) -> "Leader":
        """A connection to the partition's leader among `leaders`. Raises LeaderFault."""
        address = leaders.get(partition)
        if address is None:
            raise LeaderFault(f"partition {partition} has no leader at present")
        try:
            options = connection_options(settings, _CLIENT_ID)
            timeout_ms = int(REQUEST_SECONDS * 1000)
            connection = await create_conn(address.host, address.port, request_timeout_ms=timeout_ms, **options)
        except (ClientError, OSError, TimeoutError, ssl.SSLError) as error:
            raise LeaderFault(f"no connection to {address.host}:{address.port}: {network_fault(error)}") from error
        return cls(connection, settings.kafka_topic, partition)

    async def close(self) -> None:
        """End the connection."""
        closed = self._connection.close()
        if closed is not None:
            await asyncio.wait([closed], timeout=1.0)

    async def log_range(self) -> LogRange:
        """The log as it is now. From here on the leader refuses to answer once it leads under another epoch."""
        _, epoch = await self._list_offset(_LATEST)
        self._epoch = epoch
        end, _ = await self._list_offset(_LATEST)
        start, _ = await self._list_offset(_EARLIEST)
        return LogRange(start, end, epoch)

    async def offset_since(self, seconds: float) -> int | None:
        """The offset of the first record that is as late as this, in seconds since 1970, or later; None where there is
        none."""
        # Negative times are Kafka's words for the log's start and end.
        offset, _ = await self._list_offset(max(0, int(seconds * 1000)))
        return None if offset < 0 else offset

    async def epoch_end(self, leader_epoch: int) -> EpochEnd | None:
        """Where the records of `leader_epoch` end; None where the log has none as old as that."""
        request = EpochEndRequest(CONSUMER, [(self._topic, [(self._partition, self._epoch, leader_epoch)])])
        error, _, found, end = (await self._ask(request)).topics[0][1][0]
        self._refuse(error)
        return None if end < 0 else EpochEnd(found, end)

    async def fetch(self, offset: int, *, size: int, least: int = 1, wait: float) -> Fetched:
        """The record sets from the one that holds `offset` on: about `size` bytes, at least one set if there is any.

        The leader waits up to `wait` seconds for `least` bytes.
        """
        request = fetch_request(self._topic, self._partition, offset, self._epoch, bytes_=size, least=least, wait=wait)
        answer = await self._ask(request)
        self._refuse(answer.error_code)
        found = answer.topics[0][1][0]
        self._refuse(found[1])
        _, _, high_watermark, stable_end, _, aborted, _, data = found
        sets = split(data or b"")
        return Fetched(
            sets,
            [Aborted(*each) for each in aborted or ()],
            high_watermark if stable_end < 0 else stable_end,
            high_watermark,
            len(data or b""),
        )

    async def _list_offset(self, time: int) -> tuple[int, int]:
        partitions = [(self._partition, self._epoch, time)]
        answer = await self._ask(ListOffsetsRequest(CONSUMER, READ_UNCOMMITTED, [(self._topic, partitions)]))
        _, error, _, offset, epoch = answer.topics[0][1][0]
        self._refuse(error)
        return offset, epoch

    async def _ask(self, request: Any) -> Any:
        try:
            return await self._connection.send(Exactly(request))
        except (ClientError, OSError, TimeoutError, EOFError, ValueError) as error:
            raise LeaderFault(f"the partition's leader does not answer: {network_fault(error)}") from error

    def _refuse(self, code: int) -> None:
        if code:
            raise LeaderFault(f"topic {self._topic}: {KafkaError(code).str()}", code)
