"""Every offset is accounted for, whatever happens to the topic, the database, or a consumer that was asleep."""

import os
import signal
from dataclasses import replace

import pytest
from confluent_kafka import Producer, TopicPartition
from integration.consumer.lessons import events
from integration.consumer.load import Load
from integration.consumer.world import World, identities, persisted
from integration.store.projection_rows import clear

from ingestor_common.kafka import EVENTS_PARTITIONER
from ingestor_common.records import key_of, value_of
from ingestor_common.store.ledger import Account
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database


async def test_records_that_retention_removed_unread_are_counted_as_lost_and_the_rest_is_stored(world: World) -> None:
    consumer = world.ready_consumer()
    for number in range(3):
        world.put(value_of(events(1)[0]), partition=number)
    world.flush()
    await world.balanced()
    consumer.stop()
    unread = events(30, seed=2)
    for event in unread:
        world.put(value_of(event), partition=0)
    world.flush()
    world.delete_before(TopicPartition(world.topic, 0, 21))

    world.consumer()

    books = (await world.caught_up())[0]
    assert (books.next_offset, books.lost, books.unaccounted) == (31, 20, 20)
    assert await world.stored() >= identities(unread[20:])
    assert "retention removed records" in world.logs()


async def test_a_topic_made_again_while_it_is_read_is_read_from_its_start(world: World) -> None:
    consumer = world.ready_consumer()
    before, after = events(300), events(900, seed=2)
    world.send(before)
    old_books = await world.balanced()
    old = world.source()

    world.remove_topic(world.topic)
    world.remake_topic(3)
    world.send(after)

    new_books = await world.balanced()
    assert world.source() != old
    assert await world.stored() == identities(before + after)
    # Records read before the change was noticed are read again under the new topic's books, as duplicates.
    assert (_counts(old_books), sum(_counts(new_books))) == ((300, 0), 900)
    consumer.wait_ready()
    consumer.wait_until("level", lambda: consumer.metric("ingestor_consumer_lag_records") == 0)


async def test_partitions_added_later_are_read(world: World) -> None:
    world.ready_consumer()
    world.add_partitions(5)
    sent = events(50)
    for number, event in enumerate(sent):
        world.put(value_of(event), key_of(event), partition=number % 5)
    world.flush()
    assert set(await world.balanced()) == {0, 1, 2, 3, 4}
    assert await world.stored() == identities(sent)


async def test_transaction_markers_and_aborted_records_are_gaps(world: World) -> None:
    committed, aborted, last = events(40), events(10, seed=2), events(10, seed=3)
    world.ready_consumer()
    producer = Producer(
        {"bootstrap.servers": world.brokers, "transactional.id": world.topic, "partitioner": EVENTS_PARTITIONER}
    )
    producer.init_transactions()
    for batch, end in (
        (committed, producer.commit_transaction),
        (aborted, producer.abort_transaction),
        (last, producer.commit_transaction),
    ):
        producer.begin_transaction()
        for event in batch:
            producer.produce(world.topic, value_of(event), key_of(event), partition=1)
        producer.flush()
        end()

    # 10 aborted records and a marker for each of the three transactions.
    books = (await world.balanced(gaps=13))[1]

    assert await world.stored() == identities(committed + last)
    assert (books.persisted, books.gaps) == (50, 13)


async def test_records_behind_an_open_transaction_are_held_and_the_reason_is_said(world: World) -> None:
    consumer = world.ready_consumer()
    behind = events(30)
    producer = Producer({"bootstrap.servers": world.brokers, "transactional.id": world.topic})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(world.topic, value_of(events(1, seed=2)[0]), partition=1)
    producer.flush()
    for event in behind:
        world.put(value_of(event), key_of(event), partition=1)
    world.flush()
    consumer.wait_until("held", lambda: consumer.metric("ingestor_consumer_held_partitions", reason="transaction") == 1)
    assert not consumer.is_ready()
    producer.abort_transaction()
    await world.balanced(gaps=2)
    assert await world.stored() == identities(behind)
    consumer.wait_ready()


@pytest.mark.long
async def test_a_consumer_that_slept_through_its_session_cannot_write_what_others_stored(
    brisk_world: World,
) -> None:
    sent = events(6_000)
    with Load(brisk_world, sent, per_second=1_000) as load:
        sleeper = brisk_world.ready_consumer()
        load.wait_for(1_000)
        os.kill(sleeper.pid, signal.SIGSTOP)
        other = brisk_world.consumer()
        other.wait_until("taking over", lambda: other.output().count("partition opened") == 3)
        os.kill(sleeper.pid, signal.SIGCONT)
    books = await brisk_world.balanced()
    assert persisted(books) == len(sent)
    assert await brisk_world.stored() == identities(sent)
    sleeper.wait_ready()
    assert [sleeper.stop(), other.stop()] == [0, 0]


async def test_a_database_restored_from_an_older_copy_is_caught_up_from_kafka(
    world: World, postgres: EmbeddedPostgres, older_copy: str
) -> None:
    sent = events(2_000)
    world.send(sent[:800])
    consumer = world.ready_consumer()
    await world.balanced()
    consumer.stop()
    await create_database(postgres.dsn(), older_copy, template=world.database.rsplit("/", 1)[1])
    consumer = world.ready_consumer()
    world.send(sent[800:])
    await world.balanced()
    consumer.stop()

    restored = replace(world, database=postgres.dsn(older_copy))
    consumer = restored.ready_consumer()

    assert persisted(await restored.balanced()) == 2_000
    assert await restored.stored() == identities(sent)
    consumer.stop()


async def test_a_database_restored_under_a_running_consumer_is_caught_up_from_kafka(world: World) -> None:
    sent = events(600)
    world.ready_consumer()
    world.send(sent[:300])
    await world.balanced()
    await clear(world.database)
    await world.query("UPDATE ledger SET next_offset = first_offset, persisted = 0")
    world.send(sent[300:])
    books = await world.balanced()
    assert await world.stored() == identities(sent)
    assert _counts(books) == (600, 0)


def _counts(books: dict[int, Account]) -> tuple[int, int]:
    return persisted(books), sum(account.duplicates for account in books.values())
