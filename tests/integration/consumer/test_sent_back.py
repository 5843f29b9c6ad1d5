"""A record without a time is the same to all who read it, and a dead letter goes back with all that it came with."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import Consumer, TopicPartition
from integration.admin.commands import admin
from integration.consumer.world import World
from odd_inputs import GOOD
from raw_producing import produce_sets
from record_sets import WrittenRecord, WrittenSet

from ingestor_common.kafka import KafkaMessage


async def _put(world: World, value: bytes, time_ms: int, headers: list[tuple[bytes, bytes | None]]) -> None:
    written = WrittenSet(0, [WrittenRecord(0, value, headers=headers)], time=time_ms)
    await produce_sets(world.brokers, world.topic, 0, [written.encode()])


def _sent_and_sent_back(world: World) -> list[KafkaMessage]:
    """The record of partition 0's beginning, and the other one: its key's partition may be any."""
    reader = Consumer({"bootstrap.servers": world.brokers, "group.id": "test"})
    try:
        reader.assign([TopicPartition(world.topic, partition, 0) for partition in range(3)])
        return sorted(reader.consume(2, 30), key=lambda each: (each.partition() or each.offset()) != 0)
    finally:
        reader.close()


@pytest.mark.parametrize("is_replayed_first", [True, False])
async def test_a_record_without_a_time_is_the_same_event_to_consumer_and_replay(
    world: World, is_replayed_first: bool
) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    await _put(world, json.dumps(GOOD | {"timestamp": ahead}).encode(), -1, [])
    if is_replayed_first:
        said = await asyncio.to_thread(admin, world.environment(), "replay")
        assert "1 event was missing" in said.stdout
    world.ready_consumer()
    books = (await world.balanced())[0]
    assert (books.persisted, books.duplicates) == ((0, 1) if is_replayed_first else (1, 0))
    said = await asyncio.to_thread(admin, world.environment(), "replay")
    assert "0 events were missing, 1 was stored already" in said.stdout
    assert "0 are no events" in said.stdout


@pytest.mark.long
@pytest.mark.parametrize("has_time", [True, False])
async def test_a_dead_letter_goes_back_with_all_that_it_came_with(world: World, has_time: bool) -> None:
    time_ms = int(time.time() * 1000) if has_time else -1
    headers = [
        *(("request-id", b"r-7"), ("absent", None), ("empty", b""), ("dlq-error", b"the sender's"), ("twice", b"1")),
        *(("dlq-timestamp", b"12"), ("twice", b"2"), ("dlq-reason", b"the sender's"), ("dlq-topic", None)),
    ]
    await _put(world, b"{", time_ms, [(name.encode(), value) for name, value in headers])
    consumer = world.ready_consumer()
    await world.balanced()
    consumer.stop()
    [letter] = world.dead_letters(1)
    shown = await asyncio.to_thread(admin, world.environment(), "dlq", "show", "0:0")
    assert "dlq-error: the sender's\n" in shown.stdout
    assert f"dlq-timestamp: {time_ms}\n" in shown.stdout
    assert "reason: not_json" in shown.stdout

    said = await asyncio.to_thread(admin, world.environment(), "dlq", "retry", "--all")
    assert said.returncode == 0, said.stderr
    came, back = _sent_and_sent_back(world)
    assert back.headers() == came.headers() == headers
    assert back.timestamp() == came.timestamp()
    assert (back.key(), back.value()) == (came.key(), came.value()) == (b"k", b"{")
    assert dict(letter.headers() or ())["dlq-timestamp"] == str(time_ms).encode()
