"""Measures what events cost in each part of the stack, and prints and writes what installations need by that."""

from pathlib import Path
from typing import Final

import click
from bench.passing_folder import passing_folder
from bench.sizing import tables
from bench.sizing.measuring import Course, measure
from bench.sizing.observer import Stuck
from bench.sizing.results import FILE, results, write

from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.sim.errors import SimulatorError

# Well below what two cores do, which the sender shares.
_RATES: Final = (5_000 / 60, 15_000 / 60, 30_000 / 60)


@click.command()
@click.option("--rate", "rates", type=float, multiple=True, default=_RATES, help="Events a second; again for more.")
@click.option("--seconds", default=20.0, show_default=True, help="How long each rate is asked for.")
@click.option("--backlog", default=300, show_default=True, help="Lessons that wait for a consumer.")
@click.option("--output", type=click.Path(path_type=Path), default=FILE, show_default=True)
def main(rates: tuple[float, ...], seconds: float, backlog: int, output: Path) -> None:
    """Run Kafka, Postgres, API and consumer for some minutes, and measure (Linux)."""
    try:
        with passing_folder("bench-sizing-") as home:
            measured = measure(home, Course(rates, seconds, backlog), click.echo)
    except (Stuck, EmbeddedServerError, SimulatorError) as error:
        raise click.ClickException(str(error)) from error
    found = results(measured)
    write(found, output)
    for lines in tables.all_tables(found):
        click.echo("\n" + "\n".join(lines))
    click.echo(f"\nWritten: {output}")


if __name__ == "__main__":
    main()
