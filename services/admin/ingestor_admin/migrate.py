"""`ingestor-admin migrate`."""

import asyncio

import click

from ingestor_admin.failures import plain_failures, settings
from ingestor_common.store.migrate import migrate


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database to this release's schema; safe to run again, and from many places at once."""
    chosen = settings()
    with plain_failures(chosen):
        applied = asyncio.run(migrate(chosen.database_url.get_secret_value()))
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("the database is up to date")
