"""`ingestor-admin replay`."""

import asyncio
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import click
from confluent_kafka.admin import AdminClient

from ingestor_admin.failures import Failure, Unreachable, plain_failures, settings
from ingestor_admin.log_reading import LogReading
from ingestor_admin.parameters import IDENTIFIER
from ingestor_admin.partition_reading import PartitionReading
from ingestor_admin.reading import Stretch
from ingestor_admin.settings import AdminSettings
from ingestor_admin.span import Bound, parse_bound
from ingestor_common.counted_nouns import counted_noun
from ingestor_common.events import Event
from ingestor_common.kafka import TopicFacts, client_config, describe_topic
from ingestor_common.kafka_log.record_sets import RecordSet
from ingestor_common.kafka_log.records import LogRecord
from ingestor_common.record_values import NoEvent, event_of
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
    stored: int = 0
    known: int = 0
    refused: int = 0
    expired: int = 0

    def __str__(self) -> str:
        older = counted_noun(self.expired, "is older", "are older")
        expired = f", {older} than what retention has dropped" if self.expired else ""
        told = (
            counted_noun(self.stored, "event was missing", "events were missing"),
            counted_noun(self.known, "was stored already", "were stored already"),
            counted_noun(self.refused, "is refused by the database", "are refused by the database"),
            counted_noun(self.no_events, "is no event", "are no events"),
        )
        return f"{counted_noun(self.read, 'record')} read: {', '.join(told)}{expired}"


@click.command("replay")
@click.option("--from", "start", help="Offset, or time such as 2026-09-01T08:30:00Z; default: the log's start.")
@click.option("--to", "end", help="Up to before this offset or time; default: the log's end now.")
@click.option("--session", type=IDENTIFIER, help="Only the events of this session.")
@click.option("--rate", type=click.IntRange(min=1), help="At most so many records a second.")
@click.option("--dry-run", is_flag=True, help="Say what is missing, and store nothing.")
def replay_command(start: str | None, end: str | None, session: UUID | None, rate: int | None, dry_run: bool) -> None:
    """Read the topic again and store the events that the database does not have.

    Changes nothing that is stored, nor the consumer's books and offsets; consumers may run meanwhile.

    A partition that cannot be read to its end stops no other. What came of it is said however the replay ends, with the
    offsets that were not replayed and why. The status is 1 where retention removed records before they were read, 3
    where others were not replayed, and 130 where it was stopped.
    """
    chosen = settings()
    bounds = (parse_bound(start) if start else None, parse_bound(end) if end else None)
    # Whoever ends the process wants to know what it has done, as with Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    with plain_failures(chosen):
        reading = LogReading(chosen, _topic(chosen))
        outcome = Outcome()
        try:
            asyncio.run(_replay(chosen, reading, bounds, outcome, session, rate, dry_run))
        finally:
            click.echo(f"{'dry run: ' if dry_run else ''}{outcome}")
            for sentence in unread(reading.partitions):
                click.echo(sentence, err=True)
    _require_all(reading.partitions)


def _interrupt(*_: object) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As in the background of a script, where asyncio has nothing to stop by.
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def unread(partitions: Iterable[PartitionReading]) -> Iterator[str]:
    """What was not replayed, a sentence for each stretch."""
    for each in partitions:
        where = f"partition {each.partition}"
        for gone in each.gone:
            yield f"{where}: gone {_words(gone)}: retention removed these records before they were read"
        if not each.is_over:
            rest = f" {_words(each.rest)}" if each.rest else ""
            yield f"{where}: not replayed{rest}{f': {each.stop}' if each.stop else ''}"


def _words(stretch: Stretch) -> str:
    return f"from {stretch.start} to before {stretch.end}"


def _require_all(partitions: Sequence[PartitionReading]) -> None:
    if unended := [str(each.partition) for each in partitions if not each.is_over]:
        raise Unreachable(f"not replayed to the end: partition {', '.join(unended)}")
    if lacking := [str(each.partition) for each in partitions if each.gone]:
        raise Failure(f"records are gone: partition {', '.join(lacking)}")


def _topic(settings: AdminSettings) -> TopicFacts:
    admin = AdminClient(client_config(settings, "ingestor-admin") | {"log_level": 0})
    return describe_topic(admin, settings.kafka_topic, KAFKA_SECONDS)


async def _replay(
    settings: AdminSettings,
    reading: LogReading,
    bounds: tuple[Bound | None, Bound | None],
    outcome: Outcome,
    session: UUID | None,
    rate: int | None,
    dry_run: bool,
) -> None:
    pool = await open_pool(
        settings.database_url.get_secret_value(),
        max_size=1,
        application_name="ingestor-admin",
        command_timeout=_STATEMENT_SECONDS,
    )
    try:
        await reading.open(*bounds)
        for each in reading.partitions:
            if each.rest is not None:
                click.echo(f"reading partition {each.partition} {_words(each.rest)}", err=True)
        writer = Writer(pool)
        pause = 0.0
        async with aclosing(reading.read()) as found:
            async for records in found:
                # Not before the next ones are asked for: that tells the reading that these are settled.
                await asyncio.sleep(pause)
                outcome.read += len(records)
                await _store(writer, events_of(records, session, outcome), dry_run, outcome)
                pause = len(records) / rate if rate else 0.0
    finally:
        await pool.close()


def events_of(records: Iterable[LogRecord | RecordSet], session: UUID | None, outcome: Outcome) -> list[Event]:
    """The events of the session, or of all, by the judgement that the consumer has of these records. A set among them
    is one that cannot be read, and counts as one record."""
    found = []
    for record in records:
        event = None if isinstance(record, RecordSet) else event_of(record.value, record.time)
        if event is None or isinstance(event, NoEvent):
            outcome.no_events += 1
        elif session is None or event.session_id == session:
            found.append(event)
    return found


async def _store(writer: Writer, events: list[Event], dry_run: bool, outcome: Outcome) -> None:
    async def keep(part: Sequence[Event]) -> None:
        try:
            kept = part
            new = await _write(writer, kept, dry_run)
        except Expired as error:
            kept = [event for event in part if event.timestamp >= error.mark]
            new = await _write(writer, kept, dry_run)
        outcome.stored += new
        outcome.known += len(kept) - new
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
