"""A run of traffic in a terminal: progress, limits of time, and Ctrl-C."""

import asyncio
import signal
from collections.abc import Callable

from ingestor_dev.sim.options import Options
from ingestor_dev.sim.progress import progress_line
from ingestor_dev.sim.tally import Snapshot
from ingestor_dev.sim.traffic import Traffic

_PROGRESS_EVERY_SEC = 2.0


async def run_traffic(options: Options, duration: float | None, say: Callable[[str], None]) -> Snapshot:
    """Run until the options' limits, `duration` seconds, SIGINT or SIGTERM; gives the last counters."""
    traffic = Traffic(options)
    traffic.start()
    finished = asyncio.create_task(traffic.wait())
    signalled = asyncio.create_task(_signal())
    progress = asyncio.create_task(_show(traffic, say))
    await asyncio.wait({finished, signalled}, timeout=duration, return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    progress.cancel()
    await traffic.stop()
    await finished
    last = traffic.snapshot()
    for line in (progress_line(last), *(f"refused: {reason}" for reason in last.refusals)):
        say(line)
    return last


async def _show(traffic: Traffic, say: Callable[[str], None]) -> None:
    before = traffic.snapshot()
    while True:
        await asyncio.sleep(_PROGRESS_EVERY_SEC)
        now = traffic.snapshot()
        say(progress_line(now, before))
        before = now


async def _signal() -> None:
    """Until SIGINT or SIGTERM comes."""
    came = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, came.set)
    await came.wait()
