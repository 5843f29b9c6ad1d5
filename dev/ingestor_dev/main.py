"""The commands behind `make up` and its neighbours."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import click

from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.postgres_cluster import remove_cluster
from ingestor_dev.up import background, in_use
from ingestor_dev.up import options as up_options
from ingestor_dev.up.in_use import held
from ingestor_dev.up.run import up as run_up
from ingestor_dev.up.servers import (
    DATABASE,
    KAFKA,
    development_kafka,
    development_postgres,
    start_kafka,
    start_postgres,
)
from ingestor_dev.up.smoke import SmokeFailure
from ingestor_dev.up.smoke import smoke as run_smoke

HOME = Path(".dev")


@click.group()
def main() -> None:
    """Run Analytics Ingestor on this machine, for development."""


@main.command()
def up() -> None:
    """Kafka, Postgres, the API, a consumer and simulated classrooms, until Ctrl-C."""
    sys.exit(run_up(HOME, _options()))


@main.command()
def kafka() -> None:
    """Just Kafka, with its topics, in the background."""
    port = _options().kafka_port or up_options.KAFKA_PORT
    _start(KAFKA, f"127.0.0.1:{port}, topic quiz-events")


@main.command()
def database() -> None:
    """Just the database, migrated, with the development users, in the background."""
    port = _options().postgres_port or up_options.POSTGRES_PORT
    _start(DATABASE, f"postgresql://ingestor:ingestor@127.0.0.1:{port}/ingestor")


_RESET: Final = (
    "Events that are in Kafka come back; accounts, the catalog and events stored without Kafka do not.\n"
    f"Remove everything in the database in {HOME / 'postgres'}?"
)


@main.command("reset-database")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset_database(yes: bool) -> None:
    """Remove all that is in the development database, and start it afresh."""
    if not yes and not click.confirm(_RESET):
        sys.exit("nothing was changed")
    background.stop(DATABASE, HOME)
    with _or_exit(), held(HOME, (DATABASE,), "make reset-database"):
        remove_cluster(_cluster())
    _start(DATABASE, f"a fresh database on 127.0.0.1:{_options().postgres_port or up_options.POSTGRES_PORT}")


@main.command()
def stop() -> None:
    """Stop what `kafka` and `database` started."""
    for name in (KAFKA, DATABASE):
        click.echo(f"{name}: {_stopped(name)}")


@main.command()
def smoke() -> None:
    """The set-up guide's integration test."""
    try:
        asyncio.run(run_smoke(f"http://localhost:{_options().port}", click.echo))
    except SmokeFailure as error:
        sys.exit(f"FAILED  {error}")
    click.echo("smoke: ok")


@main.command()
def clean() -> None:
    """Stop the background servers and remove all data; refused while `up` runs."""
    with _or_exit(), ExitStack() as locks:
        # The database first, which `up` always uses: nothing is stopped then.
        for name in (DATABASE, KAFKA):
            background.stop(name, HOME)
            locks.enter_context(held(HOME, (name,), "make clean"))
        remove_cluster(_cluster())
        shutil.rmtree(HOME, ignore_errors=True)


@main.command(hidden=True)
@click.argument("name", type=click.Choice([KAFKA, DATABASE]))
def supervise(name: str) -> None:
    """Hold one server; what `kafka` and `database` run in the background."""
    options = _options()

    def start() -> background.Server:
        if name == KAFKA:
            kafka = development_kafka(HOME, options.kafka_port or up_options.KAFKA_PORT)
            start_kafka(kafka)
            return kafka
        postgres = development_postgres(HOME, options.postgres_port or up_options.POSTGRES_PORT)
        start_postgres(postgres)
        return postgres

    with _or_exit(), held(HOME, (name,), f"make {name}"):
        background.supervise(name, HOME, start)


def _start(name: str, where: str) -> None:
    with _or_exit():
        started = background.start(name, HOME)
    click.echo(f"ready: {name} {where}" + ("" if started else " (it was running already)") + "; make stop ends it")


def _options() -> up_options.Options:
    try:
        return up_options.read(os.environ)
    except up_options.OptionError as error:
        sys.exit(f"error: {error}")


def _stopped(name: str) -> str:
    if background.stop(name, HOME):
        return "stopped"
    user = in_use.user_of(HOME, name)
    return "was not running" if user is None else f"not stopped, {user} uses it: {user.advice}"


def _cluster() -> Path:
    return (HOME / "postgres").absolute()


@contextmanager
def _or_exit() -> Iterator[None]:
    try:
        yield
    except EmbeddedServerError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
