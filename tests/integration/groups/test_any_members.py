"""A real broker's groups are described whatever bytes their members bring."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from confluent_kafka import Consumer
from hypothesis import given, settings
from hypothesis import strategies as st
from integration.stack import KafkaFactory, TopicFactory
from raw_member import HOSTILE, ONE_PARTITION, MetadataRefused, joined

from ingestor_common.kafka_groups.groups import DEAD, Group, Groups, describe_group
from ingestor_common.settings import KafkaSettings
from ingestor_consumer.topic import Topic
from ingestor_dev.embedded.kafka import EmbeddedKafka

UNREADABLE = "an assignment that cannot be read"
_SECONDS = 10.0

_WHOLE = st.just(ONE_PARTITION)
_CUT = st.integers(0, len(ONE_PARTITION) - 1).map(lambda length: ONE_PARTITION[:length])
_OTHER_LENGTHS = st.tuples(st.integers(0, len(ONE_PARTITION) - 4), st.binary(min_size=4, max_size=4)).map(
    lambda change: ONE_PARTITION[: change[0]] + change[1] + ONE_PARTITION[change[0] + 4 :]
)
_BYTES = st.sampled_from(HOSTILE) | st.binary(max_size=60) | _WHOLE | _CUT | _OTHER_LENGTHS


def asked(kafka: EmbeddedKafka, group: str, topic: str = "t") -> KafkaSettings:
    return KafkaSettings(kafka_brokers=kafka.bootstrap, kafka_topic=topic, kafka_group=group)


@asynccontextmanager
async def described(kafka: EmbeddedKafka) -> AsyncIterator[Groups]:
    groups = Groups(kafka.bootstrap, dict, _SECONDS)
    try:
        yield groups
    finally:
        if ends := groups.close():
            await asyncio.wait(ends)


@settings(max_examples=60, deadline=None)
@given(_BYTES, _BYTES)
def test_a_group_is_described_whatever_its_members_bring(
    kafka: EmbeddedKafka, assignment: bytes, metadata: bytes
) -> None:
    async def run() -> None:
        group = uuid4().hex
        async with joined(kafka.bootstrap, group, "consumer", b"") as member, described(kafka) as groups:
            try:
                await member.hold(assignment, metadata)
            except MetadataRefused:
                assert len((await groups.describe(group, "t")).members) <= 1
            else:
                _check(await groups.describe(group, "t"), assignment)

    asyncio.run(run())


def _check(found: Group, assignment: bytes) -> None:
    (member,) = found.members
    assert found.state == "Stable"
    assert member.unread in (None, UNREADABLE)
    assert member.partitions == () or b"t" in assignment
    if assignment.startswith(ONE_PARTITION[:-4]):
        assert (member.partitions, member.unread) == ((1,), None)
    if assignment in HOSTILE:
        assert (member.partitions, member.unread) == ((), UNREADABLE)


async def test_the_consumer_knows_whether_it_is_a_member_whatever_others_bring(kafka: EmbeddedKafka) -> None:
    group = uuid4().hex
    topic = Topic(asked(kafka, group))
    async with joined(kafka.bootstrap, group, "consumer", b"") as member, described(kafka) as groups:
        for hostile in HOSTILE:
            await member.hold(hostile)
            (there,) = (await groups.describe(group, "t")).members
            assert await topic.has_member(there.member_id)
            assert not await topic.has_member(uuid4().hex)


@pytest.mark.parametrize("protocol", ["consumer", "classic"])
async def test_a_group_of_either_protocol_tells_who_holds_what(
    kafka: EmbeddedKafka, topic_factory: TopicFactory, protocol: str
) -> None:
    topic, other, group = topic_factory(3), topic_factory(1), uuid4().hex
    config = {"bootstrap.servers": kafka.bootstrap, "group.id": group, "group.protocol": protocol}
    consumer = Consumer(config | {"client.id": "a-reader"})
    consumer.subscribe([topic, other])
    try:
        async with asyncio.timeout(20):
            while len(consumer.assignment()) < 4:
                await asyncio.to_thread(consumer.poll, 0.1)
        found = await describe_group(asked(kafka, group, topic), "test", _SECONDS)
    finally:
        await asyncio.to_thread(consumer.close)
    (member,) = found.members
    assert (found.state, member.client_id, member.host) == ("Stable", "a-reader", "/127.0.0.1")
    assert (member.partitions, member.unread) == ((0, 1, 2), None)


async def test_members_without_a_partition_know_that_they_are_members(kafka: EmbeddedKafka, topic: str) -> None:
    group = uuid4().hex
    config = {"bootstrap.servers": kafka.bootstrap, "group.id": group, "group.protocol": "consumer"}
    consumers = [Consumer(config) for _ in range(4)]
    asks = Topic(asked(kafka, group, topic))
    try:
        for consumer in consumers:
            consumer.subscribe([topic])
        async with asyncio.timeout(30):
            while not all([await asks.has_member(consumer.memberid()) for consumer in consumers]):
                for consumer in consumers:
                    await asyncio.to_thread(consumer.poll, 0.05)
    finally:
        for consumer in consumers:
            await asyncio.to_thread(consumer.close)


async def test_a_group_that_does_not_exist_is_dead(kafka: EmbeddedKafka) -> None:
    assert await describe_group(asked(kafka, uuid4().hex), "test", _SECONDS) == Group(DEAD, ())


async def test_so_it_is_on_a_broker_without_the_newer_protocol(private_kafka: KafkaFactory) -> None:
    broker = private_kafka(extra={"group.coordinator.rebalance.protocols": "classic"})
    group = uuid4().hex
    async with joined(broker.bootstrap, group, "consumer", ONE_PARTITION):
        (member,) = (await describe_group(asked(broker, group), "test", _SECONDS)).members
        assert member.partitions == (1,)
    assert await describe_group(asked(broker, uuid4().hex), "test", _SECONDS) == Group(DEAD, ())
