"""`ingestor-admin replay`."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import click
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from ingestor_admin.failures import plain_failures, settings
from ingestor_admin.log_reading import read_log
from ingestor_admin.parameters import IDENTIFIER
from ingestor_admin.reading import Stretch
from ingestor_admin.settings import AdminSettings
from ingestor_admin.span import Bound, parse_bound, resolve, stretches
from ingestor_common.events import Event
from ingestor_common.kafka import client_config, describe_topic, log_ends, log_starts
from ingestor_common.kafka_log.record_sets import RecordSet
from ingestor_common.kafka_log.records import LogRecord
from ingestor_common.record_values import NoEvent, accepted_seconds, event_of
from ingestor_common.store.halves import store_by_halves
from ingestor_common.store.pool import open_pool
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import Writer

KAFKA_SECONDS: Final = 10.0
_STATEMENT_SECONDS: Final = 60.0


@dataclass(slots=True)
class Outcome:
    """What a replay has done so far, in records."""

    read: int = 0
    no_events: int = 0
    events: int = 0
    stored: int = 0
    refused: int = 0
    expired: int = 0

    def __str__(self) -> str:
        known = self.events - self.stored - self.refused - self.expired
        expired = f", {self.expired} are older than what retention has dropped" if self.expired else ""
        return (
            f"{self.read} records read: {self.stored} events were missing, {known} were stored already, "
            f"{self.refused} are refused by the database, {self.no_events} are no events{expired}"
        )


@click.command("replay")
@click.option("--from", "start", help="Offset, or time such as 2026-09-01T08:30:00Z; default: the log's start.")
@click.option("--to", "end", help="Up to before this offset or time; default: the log's end now.")
@click.option("--session", type=IDENTIFIER, help="Only the events of this session.")
@click.option("--rate", type=click.IntRange(min=1), help="At most so many records a second.")
@click.option("--dry-run", is_flag=True, help="Say what is missing, and store nothing.")
def replay_command(start: str | None, end: str | None, session: UUID | None, rate: int | None, dry_run: bool) -> None:
    """Read the topic again and store the events that the database does not have.

    Changes nothing that is stored, nor the consumer's books and offsets; consumers may run meanwhile.
    """
    chosen = settings()
    bounds = (parse_bound(start) if start else None, parse_bound(end) if end else None)
    with plain_failures(chosen):
        wanted = _stretches(chosen, *bounds)
        for partition, stretch in wanted.items():
            click.echo(f"reading partition {partition} from {stretch.start} to before {stretch.end}", err=True)
        outcome = asyncio.run(_replay(chosen, wanted, session, rate, dry_run))
    click.echo(f"{'dry run: ' if dry_run else ''}{outcome}")


def _stretches(settings: AdminSettings, start: Bound | None, end: Bound | None) -> dict[int, Stretch]:
    config = client_config(settings, "ingestor-admin") | {"log_level": 0}
    admin = AdminClient(config)
    topic = describe_topic(admin, settings.kafka_topic, KAFKA_SECONDS)
    first = log_starts(admin, topic.name, topic.partitions, KAFKA_SECONDS)
    last = log_ends(admin, topic.name, topic.partitions, KAFKA_SECONDS)
    consumer = Consumer(config | {"group.id": "ingestor-admin"})
    try:
        starts = resolve(start, consumer, topic, first, KAFKA_SECONDS)
        ends = resolve(end, consumer, topic, last, KAFKA_SECONDS)
    finally:
        consumer.close()
    return stretches(starts, ends, first, last)


async def _replay(
    settings: AdminSettings, wanted: dict[int, Stretch], session: UUID | None, rate: int | None, dry_run: bool
) -> Outcome:
    outcome = Outcome()
    pool = await open_pool(
        settings.database_url.get_secret_value(),
        max_size=1,
        application_name="ingestor-admin",
        command_timeout=_STATEMENT_SECONDS,
    )
    try:
        writer = Writer(pool)
        async for records in read_log(settings, wanted):
            outcome.read += len(records)
            events = events_of(records, session, outcome)
            if events:
                await _store(writer, events, dry_run, outcome)
            if rate is not None:
                await asyncio.sleep(len(records) / rate)
    finally:
        await pool.close()
    return outcome


def events_of(records: Iterable[LogRecord | RecordSet], session: UUID | None, outcome: Outcome) -> list[Event]:
    """The events of the session, or of all, by the judgement that the consumer has of these records. A set among them
    is one that cannot be read, and counts as one record."""
    found, now = [], time.time()
    for record in records:
        event = None if isinstance(record, RecordSet) else event_of(record.value, accepted_seconds(record.time, now))
        if event is None or isinstance(event, NoEvent):
            outcome.no_events += 1
        elif session is None or event.session_id == session:
            found.append(event)
    return found


async def _store(writer: Writer, events: list[Event], dry_run: bool, outcome: Outcome) -> None:
    outcome.events += len(events)

    async def keep(part: Sequence[Event]) -> None:
        try:
            outcome.stored += await _write(writer, part, dry_run)
        except Expired as error:
            kept = [event for event in part if event.timestamp >= error.mark]
            outcome.stored += await _write(writer, kept, dry_run)
            outcome.expired += len(part) - len(kept)

    async def refuse(event: Event, error: Exception) -> None:
        outcome.refused += 1

    await store_by_halves(events, keep, refuse)


class _Undo(Exception):
    """Rolls a dry run's transaction back, with how many events were new in it."""

    def __init__(self, new: int) -> None:
        super().__init__()
        self.new = new


async def _write(writer: Writer, events: Sequence[Event], dry_run: bool) -> int:
    """How many of the events were new."""

    async def undo(_: object, new: frozenset[object]) -> None:
        raise _Undo(len(new))

    try:
        return len(await writer.write(events, also=undo if dry_run else None))
    except _Undo as undone:
        return undone.new
