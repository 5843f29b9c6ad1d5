"""Sending events as an app does, remembering what was answered, and checking that what got 201 is durable."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
from confluent_kafka import Consumer, TopicPartition

from ingestor_dev.embedded.kafka import EmbeddedKafka

Fields = dict[str, Any]


def new_event(**changes: Any) -> Fields:
    """A good answer of a session of its own, with `changes`."""
    event: Fields = {
        "event_id": f"e-{uuid4().hex}",
        "event_type": "ANSWER_SUBMITTED",
        "timestamp": datetime.now(UTC).isoformat(),
        "answer": "B",
    }
    names = ("session_id", "quiz_id", "classroom_id", "question_id", "student_id")
    return event | {name: str(uuid4()) for name in names} | changes


@dataclass(frozen=True)
class Sent:
    """An event that was sent, and the answer; status 0 means that the connection broke."""

    event: Fields
    status: int
    body: Fields
    headers: dict[str, str]
    started: float
    seconds: float

    @property
    def mode(self) -> str:
        return str(self.body["mode"])


@dataclass
class Sender:
    """One app's connection pool; `sent` is everything so far."""

    http: aiohttp.ClientSession
    url: str
    sent: list[Sent] = field(default_factory=list)

    async def send(self, event: Fields | None = None) -> Sent:
        """Send one event."""
        event = new_event() if event is None else event
        started = time.monotonic()
        try:
            async with self.http.post(f"{self.url}/api/events", json=event) as response:
                status, body, headers = response.status, await response.json(), dict(response.headers)
        except aiohttp.ClientError:
            status, body, headers = 0, {}, {}
        sent = Sent(event, status, body, headers, started, time.monotonic() - started)
        self.sent.append(sent)
        return sent

    async def send_batch(self, events: Sequence[object]) -> tuple[int, Fields]:
        """Send many; the status and body of the answer."""
        async with self.http.post(f"{self.url}/api/events/batch", json=events) as response:
            return response.status, await response.json()

    async def keep_sending(self, stop: asyncio.Event, at_once: int = 8) -> None:
        """Send one event after the other, `at_once` at a time, until `stop`."""

        async def one_after_the_other() -> None:
            while not stop.is_set():
                await self.send()

        await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))

    def accepted(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.status == 201]

    async def until_mode(self, mode: str, seconds: float = 20.0) -> None:
        """Return once an event takes this path; fails after `seconds`."""
        async with asyncio.timeout(seconds):
            while (await self.send()).body.get("mode") != mode:
                pass


@dataclass(frozen=True)
class Record:
    """A record found in Kafka."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: dict[str, bytes]
    timestamp_ms: int


def records_of(kafka: EmbeddedKafka, topic: str) -> list[Record]:
    """Everything in the topic now."""
    consumer = Consumer(kafka.client_config() | {"group.id": f"reader-{uuid4().hex}", "enable.auto.commit": False})
    try:
        partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
        ends = {number: consumer.get_watermark_offsets(TopicPartition(topic, number), 20)[1] for number in partitions}
        consumer.assign([TopicPartition(topic, number, 0) for number in ends])
        found: list[Record] = []
        deadline = time.monotonic() + 30
        while len(found) < sum(ends.values()) and time.monotonic() < deadline:
            found += [_record(message) for message in consumer.consume(1000, 0.2) if message.error() is None]
        return found
    finally:
        consumer.close()


def _record(message: Any) -> Record:
    headers = {name: bytes(value) for name, value in message.headers() or []}
    timestamp = message.timestamp()[1]
    return Record(message.partition(), message.offset(), message.key(), message.value(), headers, timestamp)


async def stored_ids(dsn: str, sent: Iterable[Sent]) -> set[str]:
    """Which of these events are rows in the database."""
    connection = await asyncpg.connect(dsn)
    try:
        ids = [item.event["event_id"] for item in sent]
        rows = await connection.fetch("SELECT event_id FROM events WHERE event_id = ANY($1)", ids)
        return {row["event_id"] for row in rows}
    finally:
        await connection.close()


async def require_durable(sent: Sequence[Sent], kafka: EmbeddedKafka, topic: str, dsn: str) -> None:
    """Fail unless every accepted event is where its receipt says: in Kafka at that offset, or committed."""
    by_place = {
        (record.partition, record.offset): record for record in await asyncio.to_thread(records_of, kafka, topic)
    }
    accepted = [item for item in sent if item.status == 201]
    for item in accepted:
        if item.mode == "kafka":
            receipt = item.body["receipt"]
            record = by_place[receipt["partition"], receipt["offset"]]
            assert record.key.decode() == item.event["session_id"]
            assert item.event["event_id"].encode() in record.value
    direct = [item for item in accepted if item.mode == "direct"]
    assert await stored_ids(dsn, direct) == {item.event["event_id"] for item in direct}
