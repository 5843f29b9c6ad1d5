"""A real broker's groups are listed by their names as they are, of whatever type they are."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, ShareConsumer
from confluent_kafka.admin import AdminClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from integration.groups.test_any_members import described
from integration.operator.broker import commit, commit_as_groups
from integration.stack import make_topic, running_kafka
from raw_member import joined

from ingestor_dev.embedded.kafka import EmbeddedKafka

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedKafka]:
    """A Kafka of its own: of a share group nobody knows what it reads, so it keeps all topics from being deleted."""
    with running_kafka() as broker:
        yield broker


@pytest.fixture(scope="module")
def read(broker: EmbeddedKafka) -> str:
    """A topic that all groups have offsets of."""
    make_topic(AdminClient(broker.client_config()), name := uuid4().hex, 1)
    # Kafka makes the topic of offsets when a coordinator is first looked for.
    commit(broker, uuid4().hex, name, {0: 0})
    return name


@settings(max_examples=40, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3, unique=True))
@example(["x\0y", "x"])
@example([""])
@example(["a" * 3_000, " ", "x\ny", "\U0001f600"])
def test_a_group_is_listed_by_its_whole_name(broker: EmbeddedKafka, read: str, names: list[str]) -> None:
    wanted = {f"{name}{uuid4().hex}" if name else name for name in names}

    async def run() -> None:
        await commit_as_groups(broker.bootstrap, wanted, read)
        async with described(broker) as groups:
            assert wanted <= set(await groups.names())

    asyncio.run(run())


async def test_groups_of_all_protocols_are_listed(broker: EmbeddedKafka, read: str) -> None:
    names = {protocol: uuid4().hex for protocol in ("classic", "consumer", "connect", "share")}
    consumers = [
        Consumer({"bootstrap.servers": broker.bootstrap, "group.id": names[protocol], "group.protocol": protocol})
        for protocol in ("classic", "consumer")
    ]
    share = ShareConsumer({"bootstrap.servers": broker.bootstrap, "group.id": names["share"]})
    try:
        share.subscribe([read])
        for consumer in consumers:
            consumer.subscribe([read])
        async with asyncio.timeout(20):
            while not all(consumer.assignment() for consumer in consumers):
                for consumer in consumers:
                    await asyncio.to_thread(consumer.poll, 0.1)
        async with joined(broker.bootstrap, names["connect"], "connect", b""), described(broker) as groups:
            async with asyncio.timeout(20):
                while not set(names.values()) <= set(await groups.names()):
                    await asyncio.to_thread(share.poll, 0.1)
    finally:
        for close in (*(consumer.close for consumer in consumers), share.close):
            await asyncio.to_thread(close)
