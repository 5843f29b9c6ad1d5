"""The command `ingestor-sim`: traffic by default, and `verify`."""

import math
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import uvloop

from ingestor_dev.sim.access import Credentials
from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.options import DEVELOPMENT_WRITER, Options
from ingestor_dev.sim.run import run_traffic
from ingestor_dev.sim.verify import verify
from ingestor_dev.sim.world import WorldSize

_REAL_TIME = 1.0
_MAX_SPEED = math.inf

_Result = TypeVar("_Result")


class _Speed(click.ParamType[float]):
    """A factor on real time, or `max`: infinity."""

    name = "factor|max"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            speed = _MAX_SPEED if value == "max" else float(value)
        except ValueError:
            speed = 0.0
        if not speed > 0:
            self.fail(f"{value!r} is no speed; give a factor above 0 such as 1 or 60, or max", param, ctx)
        return speed


class _Start(click.ParamType[datetime]):
    """A moment with an offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = datetime.min
        if moment.tzinfo is None:
            self.fail(f"{value!r} is no time; give one such as 2026-09-01T08:00:00Z", param, ctx)
        return moment.astimezone(UTC)


_POSITIVE = click.IntRange(min=1)
_RATE = click.FloatRange(min=0, min_open=True)


@click.group(invoke_without_command=True)
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Where the API is.")
@click.option("--email", default=DEVELOPMENT_WRITER.email, show_default=True, help="A writer's email.")
@click.option("--password", default=DEVELOPMENT_WRITER.password, show_default=True, help="Its password.")
@click.option("--token", help="A token with the WRITE scope, in place of email and password.")
@click.option("--seed", default=1, show_default=True, help="What all that happens follows from.")
@click.option("--start", type=_Start(), help="The run's first moment, default now; with it a run repeats.")
@click.option("--speed", type=_Speed(), help="Default 1, real time; with --answers max.")
@click.option("--rate", type=_RATE, help="The most events a second.")
@click.option("--batch", type=click.IntRange(1, 1000), default=1, show_default=True, help="Events a request.")
@click.option("--concurrency", type=_POSITIVE, default=32, show_default=True, help="Requests under way.")
@click.option("--at-once", type=_POSITIVE, help="Lessons at once; default 20, or what brings --rate.")
@click.option("--sessions", type=_POSITIVE, help="End after so many lessons.")
@click.option("--events", type=_POSITIVE, help="End after so many events, repeats not counted.")
@click.option("--duration", type=_RATE, help="End after so many seconds.")
@click.option("--schools", type=_POSITIVE, default=5, show_default=True)
@click.option("--classrooms", type=_POSITIVE, default=8, show_default=True, help="Of each school.")
@click.option("--students", type=_POSITIVE, default=25, show_default=True, help="Of each classroom, about.")
@click.option("--quizzes", type=_POSITIVE, default=12, show_default=True)
@click.option("--questions", type=_POSITIVE, default=10, show_default=True, help="Of each quiz.")
@click.option("--repeats", type=click.FloatRange(0, 1), default=0.02, show_default=True, help="Share sent twice.")
@click.option("--answers", type=click.Path(path_type=Path), help="Replay recorded answers from this CSV file.")
@click.option("--truth", type=click.Path(path_type=Path), help="Keep what the API told in this file.")
@click.pass_context
def main(context: click.Context, /, **given: Any) -> None:
    """Send simulated classroom sessions, or recorded answers, to the API; until stopped or at a limit.

    Ends with 1 when the API called any event wrong.
    """
    if context.invoked_subcommand is None:
        last = _run(run_traffic(_options(given), given["duration"], click.echo))
        context.exit(1 if last.refused else 0)


@main.command(name="verify")
@click.option("--truth", type=click.Path(path_type=Path), required=True, help="The file a run wrote.")
@click.option("--database-url", envvar="DATABASE_URL", required=True, help="postgresql://... to check.")
@click.option("--wait", type=click.FloatRange(min=0), default=0.0, help="Seconds to wait for missing events.")
@click.pass_context
def verify_command(context: click.Context, truth: Path, database_url: str, wait: float) -> None:
    """Compare the database with what the API told; exit 1 on any lost, doubled or altered event."""
    verdict = _run(verify(truth, database_url, wait))
    click.echo("\n".join(verdict.lines()))
    context.exit(0 if verdict.passed else 1)


def _options(given: dict[str, Any]) -> Options:
    speed = given["speed"] or (_MAX_SPEED if given["answers"] else _REAL_TIME)
    login = given["token"] or Credentials(given["email"], given["password"])
    size = WorldSize(*(given[name] for name in ("schools", "classrooms", "students", "quizzes", "questions")))
    names = ("url", "seed", "batch", "concurrency", "at_once", "sessions", "events", "answers", "truth")
    return Options(
        login=login,
        pace=Pace(None if speed == _MAX_SPEED else speed, given["rate"]),
        start=given["start"] or datetime.now(UTC),
        size=size,
        habits=Habits(repeat=given["repeats"]),
        **{name: given[name] for name in names},
    )


def _run(work: Coroutine[Any, Any, _Result]) -> _Result:
    try:
        return uvloop.run(work)
    except SimulatorError as error:
        raise click.ClickException(str(error)) from error
