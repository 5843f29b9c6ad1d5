"""Either store may be down, also at the start: the consumer waits, keeps its membership, and misses nothing."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from integration.consumer.lessons import events
from integration.consumer.load import Load
from integration.consumer.world import World, identities
from integration.stack import running_postgres
from services import status_of

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A Postgres that the tests of this module may stop; they start it again."""
    with running_postgres() as server:
        yield server


@pytest.fixture
async def own_world(
    brisk_kafka: EmbeddedKafka, own_postgres: EmbeddedPostgres, tmp_path: Path, processes: ExitStack
) -> World:
    """A migrated database, and the name of a topic that does not exist."""
    _up(brisk_kafka)
    _up(own_postgres)
    name = f"w{uuid4().hex[:8]}"
    await create_database(own_postgres.dsn(), name)
    await migrate(own_postgres.dsn(name))
    return World(brisk_kafka.bootstrap, f"{name}-events", own_postgres.dsn(name), tmp_path, processes)


def _up(server: EmbeddedKafka | EmbeddedPostgres) -> None:
    server.start()
    server.wait_ready()


@pytest.mark.long
async def test_started_before_kafka_the_topic_and_postgres_it_becomes_ready_when_they_are_there(
    own_world: World, brisk_kafka: EmbeddedKafka, own_postgres: EmbeddedPostgres
) -> None:
    brisk_kafka.stop()
    own_postgres.stop()
    consumer = own_world.consumer()
    consumer.wait_until("live", lambda: status_of(f"{consumer.probes}/healthz") == 200)
    assert status_of(f"{consumer.probes}/readyz") == 503
    # The topic is asked for first: that Postgres is down too is not known.
    assert consumer.database() == "not looked at yet"

    _up(brisk_kafka)
    consumer.wait_until("told", lambda: "ingestor-admin topic create" in consumer.output())
    assert status_of(f"{consumer.probes}/readyz") == 503

    own_world.make_topic(own_world.topic, 3)
    sent = events(500)
    own_world.send(sent)
    assert status_of(f"{consumer.probes}/readyz") == 503
    assert consumer.metric("ingestor_consumer_paused") == 1
    assert own_world.members() == 0
    consumer.wait_until("told of the database", lambda: consumer.database().startswith("down: "))

    _up(own_postgres)
    consumer.wait_ready()
    await own_world.balanced()
    assert await own_world.stored() == identities(sent)


async def test_postgres_killed_under_load_pauses_the_consumer_in_its_group_and_nothing_is_lost_or_doubled(
    own_world: World, own_postgres: EmbeddedPostgres
) -> None:
    own_world.make_topic(own_world.topic, 3)
    consumer = own_world.ready_consumer()
    sent = events(8_000)
    with Load(own_world, sent, per_second=2_000) as load:
        load.wait_for(3_000)
        own_postgres.kill()
        consumer.wait_until("paused", lambda: consumer.metric("ingestor_consumer_paused") == 1)
        assert status_of(f"{consumer.probes}/readyz") == 503
        assert status_of(f"{consumer.probes}/healthz") == 200
        assert own_world.members() == 1
        consumer.wait_until("told of the database", lambda: consumer.database().startswith("down: "))
    assert consumer.metric("ingestor_consumer_lag_records") > 0
    _up(own_postgres)
    await own_world.balanced()
    assert await own_world.stored() == identities(sent)
    consumer.wait_ready()
    assert consumer.database() == "up"
    assert consumer.metric("ingestor_consumer_paused") == 0
    assert consumer.metric("ingestor_store_errors_total") > 0
    assert "partitions revoked" not in consumer.output()


async def test_a_second_consumer_started_while_postgres_is_down_takes_its_share_once_it_is_back(
    own_world: World, own_postgres: EmbeddedPostgres
) -> None:
    own_world.make_topic(own_world.topic, 3)
    first = own_world.ready_consumer()
    sent = events(2_000)
    own_postgres.stop()
    own_world.send(sent)
    second = own_world.consumer()
    second.wait_until("waiting for Postgres", lambda: "not joining the group" in second.output())
    _up(own_postgres)
    second.wait_ready()
    await own_world.balanced()
    assert await own_world.stored() == identities(sent)
    assert [first.stop(), second.stop()] == [0, 0]


async def test_sigterm_while_postgres_is_down_ends_it_within_10_s_and_the_next_one_stores_what_it_had_read(
    own_world: World, own_postgres: EmbeddedPostgres
) -> None:
    own_world.make_topic(own_world.topic, 3)
    consumer = own_world.ready_consumer()
    own_postgres.stop()
    sent = events(1_000)
    own_world.send(sent)
    consumer.wait_until("in trouble", lambda: consumer.metric("ingestor_store_errors_total") > 0)
    assert consumer.stop(seconds=10) == 0
    _up(own_postgres)
    own_world.consumer()
    await own_world.balanced()
    assert await own_world.stored() == identities(sent)


@pytest.mark.long
async def test_kafka_killed_and_back_the_consumer_goes_on_and_sigterm_meanwhile_ends_one_within_10_s(
    own_world: World, brisk_kafka: EmbeddedKafka
) -> None:
    own_world.make_topic(own_world.topic, 3)
    sent = events(1_000)
    own_world.send(sent[:500])
    staying, stopped = own_world.ready_consumer(), own_world.ready_consumer()
    await own_world.balanced()
    brisk_kafka.kill()
    staying.wait_until("not ready", lambda: status_of(f"{staying.probes}/readyz") == 503)
    assert stopped.stop(seconds=10) == 0
    _up(brisk_kafka)
    own_world.send(sent[500:])
    await own_world.balanced()
    assert await own_world.stored() == identities(sent)
    assert staying.stop() == 0
