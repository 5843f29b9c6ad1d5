"""A topic, a database and consumer processes for one test, and the questions that tests ask of them."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from confluent_kafka import Consumer as KafkaConsumer
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions
from integration.kafka_sending import RecordSender
from integration.stack import make_topic
from integration.waiting import wait_until
from services import Consumer

from ingestor_admin.group import members
from ingestor_common.events import Event, Identity
from ingestor_common.kafka import describe_topic, log_ends
from ingestor_common.records import key_of, value_of
from ingestor_common.settings import KafkaSettings
from ingestor_common.store import ledger
from ingestor_common.store.ledger import Account, Source

SECONDS = 40.0
_KAFKA_SECONDS = 10.0


@dataclass
class World:
    """Where the test takes place. `processes` ends the consumers that it leaves running."""

    brokers: str
    topic: str
    database: str
    folder: Path
    processes: ExitStack
    started: int = 0
    client_options: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    """How the test's own clients log in, where that is asked for."""
    _sender: RecordSender = field(init=False)
    _admin: AdminClient = field(init=False)

    def __post_init__(self) -> None:
        self._sender = self.sender(**{"message.max.bytes": 2_000_000})
        config: dict[str, str | int | float | bool] = {"bootstrap.servers": self.brokers, "log_level": 0}
        self._admin = AdminClient(config | dict(self.client_options))

    @property
    def group(self) -> str:
        return f"storing-{self.topic}"

    def sender(self, **options: Any) -> RecordSender:
        """A producer as other teams have it, with `options` of librdkafka."""
        config = {"bootstrap.servers": self.brokers, "log_level": 0, "linger.ms": 5, "enable.idempotence": True}
        return RecordSender(config | dict(self.client_options) | options)

    def environment(self) -> dict[str, str]:
        """What a consumer of this world is configured with."""
        return {
            "KAFKA_BROKERS": self.brokers,
            "KAFKA_TOPIC": self.topic,
            "KAFKA_GROUP": self.group,
            "DATABASE_URL": self.database,
        }

    def consumer(self) -> Consumer:
        """Start a consumer."""
        self.started += 1
        consumer = Consumer(self.environment(), self.folder / f"consumer-{self.started}.log")
        self.processes.enter_context(consumer)
        return consumer

    def ready_consumer(self) -> Consumer:
        """Start a consumer and wait until it is ready."""
        consumer = self.consumer()
        consumer.wait_ready()
        return consumer

    def send(self, events: Iterable[Event]) -> None:
        """Put events into the topic with key and value only, as other teams' producers do; all acknowledged."""
        for event in events:
            self.put(value_of(event), key_of(event))
        self.flush()

    def put(self, value: bytes | None, key: bytes = b"k", **options: Any) -> None:
        """Put one record into the topic; `flush` sees it acknowledged."""
        self._sender.put(self.topic, value, key, **options)

    def flush(self) -> None:
        self._sender.flush()

    def make_topic(self, name: str, partitions: int) -> None:
        make_topic(self._admin, name, partitions)

    def remove_topic(self, name: str) -> None:
        self._admin.delete_topics([name])[name].result(_KAFKA_SECONDS)

    def remake_topic(self, partitions: int) -> None:
        """Make the topic that was removed; Kafka takes a moment to forget the old one."""
        wait_until("the old topic gone", lambda: self._made(partitions))

    def _made(self, partitions: int) -> bool:
        try:
            self.make_topic(self.topic, partitions)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return False
            raise
        return True

    def add_partitions(self, total: int) -> None:
        self._admin.create_partitions([NewPartitions(self.topic, total)])[self.topic].result(_KAFKA_SECONDS)

    def delete_before(self, place: TopicPartition) -> None:
        """Remove the records before this offset, as retention does."""
        for deleted in self._admin.delete_records([place]).values():
            deleted.result(_KAFKA_SECONDS)

    def members(self) -> int:
        """How many members the group has; a broker that has just been started is asked until it has read its groups."""
        settings = KafkaSettings(kafka_brokers=self.brokers, kafka_topic=self.topic, kafka_group=self.group)
        # In a thread: it runs an event loop of its own, and a test's may be running.
        with ThreadPoolExecutor(1) as threads:
            return len(threads.submit(members, settings).result().members)

    def source(self) -> Source:
        return Source(self.group, self.topic, describe_topic(self._admin, self.topic, _KAFKA_SECONDS).topic_id)

    def log_ends(self) -> dict[int, int]:
        partitions = describe_topic(self._admin, self.topic, _KAFKA_SECONDS).partitions
        return log_ends(self._admin, self.topic, partitions, _KAFKA_SECONDS)

    def committed(self) -> dict[int, int]:
        """The offsets that the group has committed to Kafka."""
        reader = KafkaConsumer({"bootstrap.servers": self.brokers, "group.id": self.group})
        try:
            places = [TopicPartition(self.topic, partition) for partition in self.log_ends()]
            return {place.partition: place.offset for place in reader.committed(places, _KAFKA_SECONDS)}
        finally:
            reader.close()

    async def accounts(self) -> dict[int, Account]:
        """The books of the topic as it is now."""
        connection = await asyncpg.connect(self.database)
        try:
            return await ledger.load(connection, self.source())
        finally:
            await connection.close()

    async def caught_up(self, seconds: float = SECONDS) -> dict[int, Account]:
        """The books, once they have reached the log's end everywhere. Fails with all logs otherwise."""
        limit = time.monotonic() + seconds
        while True:
            accounts = await self.accounts()
            ends = self.log_ends()
            if {partition: account.next_offset for partition, account in accounts.items()} == ends:
                return accounts
            assert time.monotonic() < limit, f"{accounts} is not at {ends} within {seconds} s\n{self.logs()}"
            await asyncio.sleep(0.1)

    async def balanced(self, gaps: int = 0) -> dict[int, Account]:
        """The books at the log's end: nothing unaccounted for, and as many offsets without a record as there are."""
        accounts = await self.caught_up()
        assert {account.unaccounted for account in accounts.values()} == {0}, accounts
        assert sum(account.gaps for account in accounts.values()) == gaps, f"{accounts}\n{self.logs()}"
        return accounts

    async def query(self, statement: str, *arguments: object) -> list[Any]:
        """The first column of each row."""
        connection = await asyncpg.connect(self.database)
        try:
            return [row[0] for row in await connection.fetch(statement, *arguments)]
        finally:
            await connection.close()

    async def stored(self) -> set[Identity]:
        """The identity of every event in the database; each can be there only once, by the table's primary key."""
        connection = await asyncpg.connect(self.database)
        try:
            found = await connection.fetch('SELECT session_id::text, event_id, "timestamp" FROM events')
        finally:
            await connection.close()
        return {Identity(*row) for row in found}

    def dead_letters(self, count: int) -> "list[Message[Any, Any]]":
        """All records of the dead-letter topic, which are `count`."""
        topic = f"{self.topic}.dlq"
        reader = KafkaConsumer({"bootstrap.servers": self.brokers, "group.id": "test", "enable.auto.commit": False})
        try:
            reader.assign([TopicPartition(topic, 0, 0)])
            found = [m for m in reader.consume(count, _KAFKA_SECONDS) if m.error() is None]
            assert reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=_KAFKA_SECONDS)[1] == count
            return found
        finally:
            reader.close()

    def logs(self) -> str:
        """What all consumers of this world have printed."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text()[-4000:]}" for path in sorted(self.folder.glob("consumer-*.log"))
        )


def identities(events: Iterable[Event]) -> set[Identity]:
    return {event.identity for event in events}


def persisted(accounts: dict[int, Account]) -> int:
    return sum(account.persisted for account in accounts.values())
