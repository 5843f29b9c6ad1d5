"""`make up`, from start to end: everything up, traffic sent and shown, all stopped, and nothing lost."""

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.options import Options as TrafficOptions
from ingestor_dev.sim.traffic import Traffic
from ingestor_dev.sim.verify import verify
from ingestor_dev.up.in_use import UP, held
from ingestor_dev.up.options import Options
from ingestor_dev.up.servers import DATABASE, KAFKA
from ingestor_dev.up.stack import Stack
from ingestor_dev.up.watch import Fallen, Watch

_CATCH_UP_SECONDS = 60.0
_CLASSROOM_RATE = 20.0


def up(home: Path, options: Options) -> int:
    """Run everything until Ctrl-C. The exit code: 0, or 1 where something failed or an event was lost."""
    console = Console()
    try:
        with held(home, (DATABASE, KAFKA) if options.kafka else (DATABASE,), UP):
            return _run(Stack(home, options), home, options, console)
    except EmbeddedServerError as error:
        _say(console, f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def _run(stack: Stack, home: Path, options: Options, console: Console) -> int:
    try:
        stack.start()
        _say(console, stack.ready_line())
        return asyncio.run(_serve(stack, home, options, console))
    finally:
        _say(console, "stopping ...")
        for killed in stack.stop():
            _say(console, f"killed, since it did not stop in time: {killed}")


async def _serve(stack: Stack, home: Path, options: Options, console: Console) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    truth = home / "truth" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.jsonl"
    try:
        traffic = _traffic(stack, options, truth)
        await _watch_until(stop, stack, traffic, truth, console)
        return 0 if traffic is None or await _verified(truth, stack, console) else 1
    except (Fallen, SimulatorError) as error:
        _say(console, f"error: {error}")
        return 1


def _traffic(stack: Stack, options: Options, truth: Path) -> Traffic | None:
    if not options.traffic and options.answers is None:
        return None
    truth.parent.mkdir(parents=True, exist_ok=True)
    # Recorded answers go as fast as they can; simulated classrooms keep to the clock.
    pace = Pace(None, options.rate) if options.answers else Pace(1.0, options.rate or _CLASSROOM_RATE)
    return Traffic(TrafficOptions(url=stack.url, pace=pace, answers=options.answers, truth=truth))


async def _watch_until(
    stop: asyncio.Event, stack: Stack, traffic: Traffic | None, truth: Path, console: Console
) -> None:
    """Show the stack at work until it is told to stop. Raises what ends it otherwise."""
    watching = asyncio.create_task(Watch(stack, console, lambda: _traffic_word(traffic)).show())
    stopped = asyncio.create_task(stop.wait())
    try:
        if traffic is not None:
            traffic.start()
            sending = asyncio.create_task(traffic.wait())
            await asyncio.wait({watching, stopped, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
                _say(console, "all recorded answers are sent")
                await _verified(truth, stack, console)
        await asyncio.wait({watching, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
    finally:
        for task in (watching, stopped):
            task.cancel()
        await asyncio.gather(watching, stopped, return_exceptions=True)
        if traffic is not None:
            await traffic.stop()


async def _verified(truth: Path, stack: Stack, console: Console) -> bool:
    """Compare the database with what the API said was durable, once the consumer has caught up."""
    verdict = await verify(truth, stack.dsn, _CATCH_UP_SECONDS)
    for line in verdict.lines():
        _say(console, line)
    return verdict.passed


def _traffic_word(traffic: Traffic | None) -> str:
    if traffic is None:
        return "off"
    counts = traffic.snapshot()
    return f"{counts.sent:,} sent, {sum(counts.retried.values()):,} retried, {counts.refused:,} refused"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True, markup=False)
