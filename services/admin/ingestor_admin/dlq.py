"""`ingestor-admin dlq list`, `show` and `retry`."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import click
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from ingestor_admin.failures import Failure, Unreachable, WrongUsage, plain_failures, settings
from ingestor_admin.reading import Stretch, read
from ingestor_admin.settings import AdminSettings
from ingestor_admin.table import table
from ingestor_common import records
from ingestor_common.counted_nouns import counted_noun
from ingestor_common.delivery import doubt, wait_for_reports
from ingestor_common.kafka import KafkaMessage, client_config, describe_topic, log_ends, log_starts, producer_config

KAFKA_SECONDS: Final = 10.0
_LONGEST_ERROR: Final = 100
_EXPIRED: Final = "expired"
_MOST_DIGITS: Final = 18
"""Of a time in milliseconds that fits into 64 bits."""
_OLDEST_MS: Final = 24 * 3600 * 1000
"""How old a record may look that is sent back: retention goes by its time, and could remove it before it is read."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: its place in the dead-letter topic as `partition:offset`, and the record with the headers that it
    had, its `own`, and ours."""

    place: str
    message: KafkaMessage
    own: records.AnyHeaders
    ours: dict[str, bytes | None]

    def header(self, name: str) -> str:
        """What we say in it of the record."""
        return _text(self.ours.get(name))

    @property
    def reason(self) -> str:
        return self.header(records.DLQ_REASON_HEADER)

    @property
    def origin(self) -> str:
        """Topic, partition and offset that the record came from."""
        names = (records.DLQ_TOPIC_HEADER, records.DLQ_PARTITION_HEADER, records.DLQ_OFFSET_HEADER)
        return ":".join(self.header(name) for name in names)

    @property
    def accepted_at_ms(self) -> int:
        """When the record was accepted, in milliseconds since 1970, -1 where it had no time; its letter's own time
        where that is not said."""
        known = self.header(records.DLQ_TIMESTAMP_HEADER)
        if known == "-1":
            return -1
        if known.isascii() and known.isdigit() and len(known) <= _MOST_DIGITS:
            return int(known)
        return self.message.timestamp()[1]


@click.group("dlq")
def dlq_group() -> None:
    """Look at the records that could not be stored, and send them again."""


@dlq_group.command("list")
@click.option(
    "--reason", help="Only those of this reason, such as not_json or invalid_event; list shows which there are."
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(min=1), help="The latest so many.")
def list_command(reason: str | None, limit: int) -> None:
    """List the dead letters, oldest first."""
    chosen = settings()
    # The topic may be larger than the memory here.
    rows: deque[tuple[str, ...]] = deque(maxlen=limit)
    found = 0
    with plain_failures(chosen):
        for letter in _letters(chosen):
            if reason in (None, letter.reason):
                found += 1
                rows.append(_row(letter))
    if rows:
        click.echo(table(("place", "time", "reason", "came from", "error"), list(rows)))
    click.echo(f"{counted_noun(found, 'dead letter')}, {len(rows)} shown")


def _row(letter: Letter) -> tuple[str, ...]:
    return (
        letter.place,
        letter.header(records.DLQ_TIME_HEADER),
        letter.reason,
        letter.origin,
        letter.header(records.DLQ_ERROR_HEADER)[:_LONGEST_ERROR],
    )


@dlq_group.command("show")
@click.argument("place")
def show_command(place: str) -> None:
    """Show a dead letter: its headers, and after an empty line the record's value as it came. PLACE is as listed."""
    chosen = settings()
    with plain_failures(chosen):
        letter = next((letter for letter in _letters(chosen) if letter.place == place), None)
    if letter is None:
        raise Failure(f"no dead letter at {place}; see: ingestor-admin dlq list")
    click.echo(f"key: {(letter.message.key() or b'').decode(errors='replace')}")
    for name, value in [*letter.own, *letter.ours.items()]:
        click.echo(f"{name}: {_text(value)}")
    click.echo()
    sys.stdout.flush()
    sys.stdout.buffer.write((letter.message.value() or b"") + b"\n")


@dlq_group.command("retry")
@click.argument("places", nargs=-1)
@click.option("--reason", help="All of this reason.")
@click.option("--all", "everything", is_flag=True, help="All there are, but for expired ones.")
@click.option("--dry-run", is_flag=True, help="Say which, and send nothing.")
def retry_command(places: tuple[str, ...], reason: str | None, everything: bool, dry_run: bool) -> None:
    """Send dead letters back to the topic they came from, as they came: into their session's partition, and with the
    time that they were accepted at, or of a day ago where that is longer.

    What cannot be stored still comes back as a new dead letter; what is stored already changes nothing. Expired ones,
    older than what retention has dropped, would always come back: --all leaves them out.

    Letters stay in the dead-letter topic until its retention removes them: the next retry sends them again.
    """
    chosen = settings()
    if sum((bool(places), reason is not None, everything)) != 1:
        raise WrongUsage("say which: places as listed, --reason, or --all")

    left_out = 0

    def wanted() -> Iterator[Letter]:
        nonlocal left_out
        for letter in _letters(chosen):
            if everything and letter.reason == _EXPIRED:
                left_out += 1
            elif everything or letter.place in places or letter.reason == reason:
                yield letter

    with plain_failures(chosen):
        if places and (missing := sorted(set(places) - {letter.place for letter in wanted()})):
            raise Failure(f"no dead letter at {', '.join(missing)}; see: ingestor-admin dlq list")
        count = sum(1 for _ in wanted()) if dry_run else _send_back(chosen, wanted())
    if left_out:
        click.echo(f"{counted_noun(left_out, 'expired one')} left out: retention has dropped their like")
    click.echo(f"{counted_noun(count, 'dead letter')} {'would be ' if dry_run else ''}sent back")


def _letters(settings: AdminSettings) -> Iterator[Letter]:
    admin = AdminClient(client_config(settings, "ingestor-admin") | {"log_level": 0})
    topic = describe_topic(admin, settings.dead_letter_topic, KAFKA_SECONDS)
    starts = log_starts(admin, topic.name, topic.partitions, KAFKA_SECONDS)
    ends = log_ends(admin, topic.name, topic.partitions, KAFKA_SECONDS)
    wanted = {partition: Stretch(starts[partition], end) for partition, end in ends.items()}
    for messages in read(settings, topic.name, wanted):
        for message in messages:
            own, ours = records.split_dead_letter(_headers(message))
            yield Letter(f"{message.partition()}:{message.offset()}", message, own, dict(ours))


def _headers(message: KafkaMessage) -> records.AnyHeaders:
    found = message.headers() or []
    pairs = found.items() if isinstance(found, dict) else found
    return [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


def _time_of(letter: Letter) -> int:
    """The time that it is sent back with, in milliseconds. Who stores it judges the event's time by this: a later one
    never makes an accepted event too early, and -1, which Kafka takes for none, lets it have any."""
    accepted = letter.accepted_at_ms
    return accepted if accepted < 0 else max(accepted, int(time.time() * 1000) - _OLDEST_MS)


def _send_back(settings: AdminSettings, letters: Iterable[Letter]) -> int:
    """Send the letters; how many it were. Raises Unreachable where some were not taken; the others are sent then."""
    doubts: list[str | None] = []

    def delivered(error: KafkaError | None, report: KafkaMessage) -> None:
        doubts.append(doubt(error, report))

    producer = Producer(
        producer_config(settings, "ingestor-admin")
        | {
            "delivery.timeout.ms": int(KAFKA_SECONDS * 1000),
            # As large as a dead letter may be; the topic decides what it takes.
            "message.max.bytes": records.MAX_DEAD_LETTER_BYTES,
            "queue.buffering.max.kbytes": 128 * 1024,
            "log_level": 0,
        }
    )
    sent = 0
    for letter in letters:
        sent += 1
        _produce(producer, letter, settings.kafka_topic, delivered, doubts)
    wait_for_reports(producer, KAFKA_SECONDS + 1)
    if untaken := sent - doubts.count(None):
        why = next((each for each in doubts if each is not None), "no answer")
        raise Unreachable(f"Kafka did not take {untaken} of {counted_noun(sent, 'dead letter')}: {why}")
    return sent


def _produce(
    producer: Producer,
    letter: Letter,
    topic: str,
    delivered: Callable[[KafkaError | None, KafkaMessage], None],
    doubts: list[str | None],
) -> None:
    while True:
        try:
            producer.produce(
                letter.header(records.DLQ_TOPIC_HEADER) or topic,
                value=letter.message.value(),
                key=letter.message.key(),
                headers=[*letter.own],
                timestamp=_time_of(letter),
                on_delivery=delivered,
            )
        except BufferError:
            # More than is held here at a time: some have to be acknowledged first.
            producer.poll(0.1)
        except KafkaException as error:
            doubts.append(str(error.args[0].str()))
            return
        else:
            producer.poll(0)
            return
