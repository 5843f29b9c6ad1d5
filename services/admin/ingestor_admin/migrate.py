"""`ingestor-admin migrate`."""

import asyncio

import click

from ingestor_admin.failures import Unreachable, plain_failures, settings
from ingestor_admin.login_trial import try_login
from ingestor_admin.settings import AdminSettings
from ingestor_common.store.migrate import migrate


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database to this release's schema; safe to run again, and from many places at once.

    Where KAFKA_ENABLED is true and KAFKA_SECURITY_PROTOCOL has a login, that is tried too: refused, it is a failure; a
    Kafka that is not reached is none.
    """
    chosen = settings()
    with plain_failures(chosen):
        applied = asyncio.run(migrate(chosen.database_url.get_secret_value()))
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("the database is up to date")
    if chosen.kafka_enabled and chosen.kafka_security_protocol != "PLAINTEXT":
        _require_login(chosen)


def _require_login(chosen: AdminSettings) -> None:
    trial = try_login(chosen)
    if trial.refused:
        raise Unreachable(f"Kafka at {chosen.kafka_brokers} does not let the services in: {trial.refused}")
    if trial.unreached:
        click.echo(f"Kafka at {chosen.kafka_brokers} is not reached, so its login is not tried: {trial.unreached}")
