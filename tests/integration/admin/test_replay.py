"""A replay stores what is missing and changes nothing that is stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from integration.admin.commands import admin
from integration.consumer.lessons import events
from integration.consumer.log_files import damage_log
from integration.kafka_sending import RecordSender
from integration.store.projection_rows import rows
from raw_producing import produce_sets
from record_sets import WrittenRecord, WrittenSet

from ingestor_common.events import Event
from ingestor_common.record_values import LARGEST_EVENT
from ingestor_common.records import key_of, value_of
from ingestor_common.store.pool import open_pool
from ingestor_common.store.retention import raise_mark
from ingestor_common.store.writer import Writer
from ingestor_dev.embedded.kafka import EmbeddedKafka

SENT = events(200)
# Within the topic's retention, which would remove older records.
EARLY, LATE = (datetime.now(UTC) - timedelta(hours=hours) for hours in (2, 1))


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@pytest.fixture
def environment(kafka: EmbeddedKafka, topic: str, migrated_database: str) -> dict[str, str]:
    """200 events in partition 0, accepted two hours and, the second half, one hour ago; then something that is none."""
    sender = RecordSender(kafka.client_config())
    for number, event in enumerate(SENT):
        accepted = EARLY if number < 100 else LATE
        sender.put(topic, value_of(event), key_of(event), partition=0, timestamp=_millis(accepted))
    sender.put(topic, b"no event", partition=0, timestamp=_millis(LATE))
    sender.flush()
    return {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic, "DATABASE_URL": migrated_database}


async def _store(environment: dict[str, str], stored: list[Event]) -> None:
    pool = await open_pool(environment["DATABASE_URL"], max_size=1, application_name="test", command_timeout=30)
    try:
        await Writer(pool).write(stored)
    finally:
        await pool.close()


async def _event_ids(environment: dict[str, str]) -> set[str]:
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        return {row[0] for row in await connection.fetch("SELECT event_id FROM events")}
    finally:
        await connection.close()


async def test_a_dry_run_says_what_is_missing_and_stores_nothing(environment: dict[str, str]) -> None:
    await _store(environment, SENT[:150])
    before = await rows(environment["DATABASE_URL"])
    said = admin(environment, "replay", "--dry-run")
    assert (said.returncode, said.stdout) == (
        0,
        "dry run: 201 records read: 50 events were missing, 150 were stored already, "
        "0 are refused by the database, 1 is no event\n",
    )
    assert await rows(environment["DATABASE_URL"]) == before


async def test_a_replay_stores_what_is_missing_and_a_second_one_finds_nothing(environment: dict[str, str]) -> None:
    await _store(environment, SENT[:150])
    first = admin(environment, "replay")
    assert "50 events were missing, 150 were stored already" in first.stdout
    assert await _event_ids(environment) == {event.event_id for event in SENT}
    after = await rows(environment["DATABASE_URL"])
    second = admin(environment, "replay", "--rate", "100000")
    assert "0 events were missing, 200 were stored already" in second.stdout
    assert await rows(environment["DATABASE_URL"]) == after


async def test_a_replay_stores_nothing_that_the_consumer_dead_letters_for_its_size(
    environment: dict[str, str], kafka: EmbeddedKafka
) -> None:
    large = value_of(SENT[0])[:-1] + b',"junk":"%s"}' % (b"x" * LARGEST_EVENT)
    sender = RecordSender({**kafka.client_config(), "message.max.bytes": 2 * len(large), "compression.type": "zstd"})
    sender.put(environment["KAFKA_TOPIC"], large, key_of(SENT[0]), partition=0)
    sender.flush()
    said = admin(environment, "replay", "--from", "201")
    assert (said.returncode, said.stdout) == (
        0,
        "1 record read: 0 events were missing, 0 were stored already, 0 are refused by the database, 1 is no event\n",
    )
    assert await _event_ids(environment) == set()


async def test_a_replay_reads_no_set_that_the_consumer_cannot_read(
    environment: dict[str, str], kafka: EmbeddedKafka
) -> None:
    topic = environment["KAFKA_TOPIC"]
    record = WrittenRecord(0, value_of(SENT[0]), headers=[(b"request-id", b"test")])
    more = [WrittenSet(0, [record]), WrittenSet(0, [replace(record, value=value_of(SENT[1]))])]
    await produce_sets(kafka.bootstrap, topic, 0, [each.encode() for each in more])
    # In a header: the value could be read.
    assert damage_log(kafka, topic, 0, 201) == (201, 201)
    said = admin(environment, "replay", "--from", "201")
    assert (said.returncode, said.stdout) == (
        0,
        "2 records read: 1 event was missing, 0 were stored already, 0 are refused by the database, 1 is no event\n",
    )
    assert await _event_ids(environment) == {SENT[1].event_id}


async def test_a_replay_leaves_out_what_is_older_than_what_retention_has_dropped(environment: dict[str, str]) -> None:
    mark = sorted(event.timestamp for event in SENT)[80]
    kept = {event.event_id for event in SENT if event.timestamp >= mark}
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        await raise_mark(connection, mark)
    finally:
        await connection.close()
    said = admin(environment, "replay")
    assert (said.returncode, said.stdout) == (
        0,
        f"201 records read: {len(kept)} events were missing, 0 were stored already, 0 are refused by the database, "
        f"1 is no event, {200 - len(kept)} are older than what retention has dropped\n",
    )
    assert await _event_ids(environment) == kept


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--from", "50", "--to", "60"), SENT[50:60]),
        (("--to", LATE.isoformat()), SENT[:100]),
        (("--from", (EARLY + timedelta(minutes=1)).isoformat()), SENT[100:]),
        (
            ("--session", str(SENT[0].session_id)),
            [event for event in SENT if event.session_id == SENT[0].session_id],
        ),
        (("--from", "900"), []),
    ],
)
async def test_a_replay_keeps_to_the_offsets_times_and_session_it_is_given(
    environment: dict[str, str], options: tuple[str, ...], expected: list[Event]
) -> None:
    said = admin(environment, "replay", *options)
    assert said.returncode == 0
    assert await _event_ids(environment) == {event.event_id for event in expected}


async def test_rows_that_the_database_refuses_are_counted_and_the_others_stored(environment: dict[str, str]) -> None:
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    await connection.execute("ALTER TABLE events ADD CONSTRAINT picky CHECK (answer <> 'C')")
    await connection.close()
    said = admin(environment, "replay")
    refused = {event.event_id for event in SENT if event.answer == "C"}
    assert f"{len(refused)} are refused by the database" in said.stdout
    assert await _event_ids(environment) == {event.event_id for event in SENT} - refused


def test_a_bound_that_is_neither_offset_nor_time_is_told() -> None:
    said = admin({}, "replay", "--from", "yesterday")
    assert said.returncode == 2
    assert "'yesterday' is neither an offset nor a time" in said.stderr
