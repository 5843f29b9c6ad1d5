"""`ingestor-admin retention`."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import asyncpg
import click

from ingestor_admin.database import connected
from ingestor_admin.failures import Failure, plain_failures, settings
from ingestor_admin.settings import AdminSettings
from ingestor_admin.table import table
from ingestor_common.store import dropping, retention
from ingestor_common.store.dropping import Action, Size, Step
from ingestor_common.store.partitions import Month
from ingestor_common.store.pool import Connection

_STATEMENT_SECONDS: Final = 600.0
_MEBIBYTE: Final = 1024 * 1024
_INTERRUPTED: Final = 130

_WORDS: Final = {
    Action.DROP: "dropped",
    Action.FINISH: "dropped, which an earlier run had begun",
    Action.ATTACH: "attached again, after an interrupted drop: it is to be kept",
}


@dataclass(slots=True)
class Outcome:
    """What has been done so far, or for a dry run would be; `given_up` names the table that it could not go on with."""

    done: list[tuple[Step, Size]] = field(default_factory=list)
    given_up: str | None = None
    mark: datetime | None = None

    @property
    def dropped(self) -> int:
        return sum(step.action is not Action.ATTACH for step, _ in self.done)


@click.command("retention")
@click.option("--keep-months", required=True, type=click.IntRange(1, 1200), help="Months to keep besides this one.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and drop nothing.")
def retention_command(keep_months: int, dry_run: bool) -> None:
    """Drop the events of months that are no longer to be kept.

    A month goes as a whole, by the time of its events (UTC). Reports go on telling of its sessions what they have
    summed up; the few that look at single answers (active-participants, latency-analysis, timeout-analysis, ad-hoc
    queries) do not. What was dropped is remembered: an event from then that comes afterwards is refused, or
    dead-lettered as expired.

    May be interrupted at any time, and finishes what an earlier run left. Exits with 1 where a lock was not to be had
    within a moment, say because of a backup: run it again later.
    """
    chosen = settings()
    now = datetime.now(UTC)
    first = Month(now.year, now.month).earlier(keep_months)
    outcome = Outcome()
    try:
        with plain_failures(chosen):
            asyncio.run(_drop_before(chosen, first, outcome, dry_run=dry_run))
    except click.ClickException:
        if outcome.done:
            _tell(outcome, first, dry_run=dry_run)
        raise
    except KeyboardInterrupt:
        _tell(outcome, first, dry_run=dry_run)
        click.echo("interrupted: run it again to finish what was begun", err=True)
        raise SystemExit(_INTERRUPTED) from None
    _tell(outcome, first, dry_run=dry_run)
    if outcome.given_up is not None:
        raise Failure(
            f"gave up on {outcome.given_up}: for {retention.LOCK_SECONDS:g} s somebody else (a backup, a long"
            " query, a running batch) used what had to be locked, and everybody else would have waited; run it again"
        )


async def _drop_before(settings: AdminSettings, first: Month, outcome: Outcome, *, dry_run: bool) -> None:
    async with connected(settings, _STATEMENT_SECONDS) as connection:
        if not await dropping.begin_run(connection):
            raise Failure("another run of retention is at work; run it again when that has ended")
        outcome.given_up = "events"
        try:
            for step in await dropping.find_steps(connection, first):
                outcome.given_up = step.partition
                await _take(connection, step, outcome, dry_run=dry_run)
            outcome.given_up = None
        except asyncpg.LockNotAvailableError:
            pass
        except TimeoutError:
            raise Failure(f"a statement took more than {_STATEMENT_SECONDS:g} s; run it again to go on") from None
        outcome.mark = await retention.current_mark(connection)


async def _take(connection: Connection, step: Step, outcome: Outcome, *, dry_run: bool) -> None:
    size = await dropping.measure(connection, step)
    if not dry_run:
        await dropping.take(connection, step)
    outcome.done.append((step, size))


def _tell(outcome: Outcome, first: Month, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    if outcome.done:
        rows = [
            (step.partition, f"{size.events:,}", f"{size.bytes / _MEBIBYTE:,.1f}", would + _WORDS[step.action])
            for step, size in outcome.done
        ]
        click.echo(table(("partition", "events (about)", "MiB", "what"), rows))
    if outcome.mark is not None and outcome.dropped and not dry_run:
        click.echo(f"events before {outcome.mark:%Y-%m-%d} are not stored any more")
    click.echo(f"{outcome.dropped} months before {first.year:04d}-{first.month:02d} {would}dropped")
