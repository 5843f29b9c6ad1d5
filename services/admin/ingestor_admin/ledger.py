"""`ingestor-admin ledger` and `ingestor-admin ledger write-off`."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import click
from confluent_kafka.admin import AdminClient

from ingestor_admin.books import Books, compare, faults, not_opened, note_earlier, notes, unopened
from ingestor_admin.database import connected
from ingestor_admin.failures import Failure, plain_failures, settings
from ingestor_admin.settings import AdminSettings
from ingestor_admin.table import Cell, table
from ingestor_common.counted_nouns import counted_noun
from ingestor_common.kafka import TopicFacts, client_config, describe_topic, log_ends, log_starts
from ingestor_common.kafka_log.divergence import find_common_end
from ingestor_common.kafka_log.leader import Leader, find_leaders
from ingestor_common.store import ledger
from ingestor_common.store.ledger import Account, EarlierBooks, Source

KAFKA_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.5

_TITLES: Final = (
    "partition", "first", "next", "persisted", "duplicates", "dead-lettered", "gaps", "lost", "unaccounted",
    "log end", "lag",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """The group's books of a topic at one moment."""

    source: Source
    books: Sequence[Books]
    earlier: EarlierBooks | None

    @property
    def faults(self) -> list[str]:
        missing = [self.unopened] if self.unopened and self.lag else []
        return missing + [fault for each in self.books for fault in faults(each)]

    @property
    def unopened(self) -> str | None:
        return unopened(self.books, self.source.group)

    @property
    def not_opened(self) -> str | None:
        return not_opened(self.books)

    @property
    def lag(self) -> int:
        return sum(each.lag for each in self.books)


@click.group("ledger", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(min=0),
    help="Wait so many seconds for the lag to become 0 and all partitions to be opened.",
)
@click.pass_context
def ledger_group(context: click.Context, as_json: bool, seconds: float | None) -> None:
    """Show the consumer's books of every partition; exit with 1 where they do not balance, or where records wait and
    the group has no books.

    They balance when next - first = persisted + duplicates + dead-lettered + gaps + written off - vanished, and log end
    = next + lag. With --wait, records that are still not stored after it, and partitions that no consumer has
    opened, where others are opened, count as a fault too.
    """
    if context.invoked_subcommand is not None:
        return
    chosen = settings()
    with plain_failures(chosen):
        statement = _wait(chosen, seconds or 0.0)
    problems = statement.faults
    if seconds is not None and statement.lag > 0:
        waiting = counted_noun(statement.lag, "record is", "records are")
        problems.append(f"{waiting} not stored after {seconds:g} s; is a consumer running?")
    elif seconds is not None and statement.not_opened:
        problems.append(f"after {seconds:g} s {statement.not_opened}; is a consumer running?")
    click.echo(_as_json(statement, problems) if as_json else _as_text(statement, problems))
    if problems:
        raise SystemExit(Failure.exit_code)


@ledger_group.command("write-off")
def write_off_command() -> None:
    """Write off the records that retention removed before they were read, once their senders were asked for them.

    They stay counted as lost; the books balance again, so that the next loss shows.
    """
    chosen = settings()
    with plain_failures(chosen):
        written_off = asyncio.run(_write_off(chosen))
    click.echo(f"{counted_noun(written_off, 'lost record was', 'lost records were')} written off")


async def _write_off(settings: AdminSettings) -> int:
    source = _source(settings, describe_topic(_admin(settings), settings.kafka_topic, KAFKA_SECONDS))
    async with connected(settings) as connection:
        return await ledger.write_off(connection, source)


def _admin(settings: AdminSettings) -> AdminClient:
    return AdminClient(client_config(settings, "ingestor-admin") | {"log_level": 0})


def _source(settings: AdminSettings, facts: TopicFacts) -> Source:
    return Source(settings.kafka_group, settings.kafka_topic, facts.topic_id)


def _wait(settings: AdminSettings, seconds: float) -> Statement:
    admin = _admin(settings)
    limit = time.monotonic() + seconds
    while True:
        statement = _look(settings, admin)
        # A running consumer opens its partitions in seconds, those without records too.
        if (statement.lag <= 0 and not statement.not_opened) or time.monotonic() >= limit:
            return statement
        time.sleep(_POLL_SECONDS)


def _look(settings: AdminSettings, admin: AdminClient) -> Statement:
    facts = describe_topic(admin, settings.kafka_topic, KAFKA_SECONDS)
    source = _source(settings, facts)
    # The accounts first: a consumer may go on meanwhile, and must not seem to be ahead of the log.
    accounts, common_ends, earlier = asyncio.run(_accounts(settings, admin, source))
    return Statement(source, _beside_logs(admin, facts, accounts, common_ends), earlier)


async def _accounts(
    settings: AdminSettings, admin: AdminClient, source: Source
) -> tuple[dict[int, Account], dict[int, int], EarlierBooks | None]:
    """The accounts, up to where the log that was read is still there, and the books of the topic before it."""
    async with connected(settings) as connection:
        accounts = await ledger.load(connection, source)
        earlier = await ledger.earlier(connection, source)
        epochs = {partition: await ledger.epochs(connection, source, partition) for partition in accounts}
    ends = {}
    leaders = await asyncio.to_thread(find_leaders, admin, source.topic, KAFKA_SECONDS)
    for partition, account in accounts.items():
        leader = await Leader.connect(settings, leaders, partition)
        try:
            ends[partition] = await find_common_end(epochs[partition], account.next_offset, leader.epoch_end)
        finally:
            await leader.close()
    return accounts, ends, earlier


def _beside_logs(
    admin: AdminClient, facts: TopicFacts, accounts: dict[int, Account], common_ends: dict[int, int]
) -> list[Books]:
    starts = log_starts(admin, facts.name, facts.partitions, KAFKA_SECONDS)
    ends = log_ends(admin, facts.name, facts.partitions, KAFKA_SECONDS)
    return compare(accounts, starts, ends, common_ends)


def _as_text(statement: Statement, problems: Sequence[str]) -> str:
    source = statement.source
    heading = f"group {source.group}, topic {source.topic} ({source.topic_id})"
    said = [note for each in statement.books for note in notes(each)]
    if statement.earlier is not None:
        said.append(note_earlier(statement.earlier))
    verdict = "\n".join([*said, *(problems or [statement.unopened or _balanced(statement)])])
    return f"{heading}\n{table(_TITLES, [_row(each) for each in statement.books])}\n{verdict}"


def _balanced(statement: Statement) -> str:
    return f"the books balance; {statement.not_opened}" if statement.not_opened else "the books balance"


def _row(books: Books) -> list[Cell]:
    account = books.account
    if account is None:
        return [books.partition, *[None] * 8, books.log_end, books.lag]
    return [
        books.partition,
        account.first_offset,
        account.next_offset,
        account.persisted,
        account.duplicates,
        account.dead_lettered,
        account.gaps,
        account.lost,
        account.unaccounted,
        books.log_end,
        books.lag,
    ]


def _as_json(statement: Statement, problems: Sequence[str]) -> str:
    partitions = [
        {"partition": each.partition, "log_start": each.log_start, "log_end": each.log_end, "lag": each.lag}
        | ({} if each.account is None else asdict(each.account) | {"unaccounted": each.account.unaccounted})
        for each in statement.books
    ]
    earlier = statement.earlier and {
        "topic_id": statement.earlier.topic_id,
        "closed_at": statement.earlier.closed_at.isoformat(),
        "next_offsets": statement.earlier.next_offsets,
    }
    verdict = {"balanced": not problems, "faults": list(problems)}
    return json.dumps(asdict(statement.source) | verdict | {"partitions": partitions, "earlier": earlier}, indent=2)
