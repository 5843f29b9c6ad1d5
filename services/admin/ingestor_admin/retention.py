"""`ingestor-admin retention`."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import click

from ingestor_admin.database import connected
from ingestor_admin.failures import plain_failures, settings
from ingestor_admin.settings import AdminSettings
from ingestor_admin.table import table
from ingestor_common.store import partitions
from ingestor_common.store.partitions import Month, Size

_STATEMENT_SECONDS: Final = 600.0
_MEBIBYTE: Final = 1024 * 1024


@click.command("retention")
@click.option("--keep-months", required=True, type=click.IntRange(1, 1200), help="Months to keep besides this one.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and drop nothing.")
def retention_command(keep_months: int, dry_run: bool) -> None:
    """Drop the events of months that are no longer to be kept.

    A month goes as a whole, by the time of its events (UTC). Reports go on telling of its sessions what they have
    summed up; the few that look at single answers (active-participants, latency-analysis, timeout-analysis, ad-hoc
    queries) do not. An event of such a month that comes afterwards is stored, and goes with the next run.
    """
    chosen = settings()
    now = datetime.now(UTC)
    first = Month(now.year, now.month).earlier(keep_months)
    with plain_failures(chosen):
        gone = asyncio.run(_drop_before(chosen, first, dry_run=dry_run))
    if gone:
        rows = [(size.partition, f"{size.events:,}", f"{size.bytes / _MEBIBYTE:,.1f}") for size in gone]
        click.echo(table(("partition", "events (about)", "MiB"), rows))
    verb = "would be dropped" if dry_run else "dropped"
    click.echo(f"{len(gone)} months before {first.year:04d}-{first.month:02d} {verb}")


async def _drop_before(settings: AdminSettings, first: Month, *, dry_run: bool) -> list[Size]:
    async with connected(settings, _STATEMENT_SECONDS) as connection:
        old = await partitions.before(connection, first)
        if not dry_run:
            for size in old:
                await partitions.drop(connection, size.partition)
    return old
