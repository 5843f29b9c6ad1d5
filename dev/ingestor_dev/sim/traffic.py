"""A run of traffic: started, watched and stopped from the program it runs in."""

import asyncio

from ingestor_dev.sim.access import Access
from ingestor_dev.sim.courier import Courier
from ingestor_dev.sim.endpoint import parse_endpoint
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.feed import Feed, Pace
from ingestor_dev.sim.options import Options
from ingestor_dev.sim.plan import make_plan
from ingestor_dev.sim.sender import Sender
from ingestor_dev.sim.steps import Step
from ingestor_dev.sim.tally import Snapshot, Tally
from ingestor_dev.sim.truth import Run, TruthFile

_GRACE_SEC = 5.0
_AT_ONCE = Pace(speed=None, rate=None)


class Traffic:
    """Fills the catalog, then sends the events the options ask for.

    Start it, `wait` for its end or `stop` it before; `snapshot` any time between. An API that is not
    there yet is waited for.
    """

    def __init__(self, options: Options) -> None:
        """SimulatorError where the URL, the answers file or the truth file is not usable."""
        self._options = options
        self._endpoint = parse_endpoint(options.url)
        self._plan = make_plan(options)
        self._tally = Tally()
        self._access = Access(options.login)
        self._stopping = asyncio.Event()
        self._truth = None if options.truth is None else TruthFile(options.truth, _run(options))
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send, in the running event loop."""
        self._task = asyncio.create_task(self._send_all())

    async def wait(self) -> None:
        """Until all is sent, or the run was stopped. SimulatorError when it cannot go on."""
        if self._task is not None:
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self._task.result()

    async def stop(self) -> None:
        """Take no more, let the requests under way end (5 s at most), and close the truth file."""
        self._stopping.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=_GRACE_SEC)
            for task in late:
                task.cancel()
            await asyncio.wait([self._task])
        if self._truth is not None:
            self._truth.close()

    def snapshot(self) -> Snapshot:
        """The counters as they are now."""
        return self._tally.snapshot()

    async def _send_all(self) -> None:
        entries = (Step(0.0, entry) for entry in self._plan.catalog)
        await self._send(Feed(entries, _AT_ONCE, 1, self._stopping))
        options = self._options
        await self._send(Feed(self._plan.steps, options.pace, options.batch, self._stopping))

    async def _send(self, feed: Feed) -> None:
        failures: list[Exception] = []
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._options.concurrency):
                    group.create_task(self._one_by_one(feed))
        except* SimulatorError as errors:
            failures.extend(errors.exceptions)
        # Raised within except*, it would come in a group again before Python 3.11.4.
        if failures:
            raise failures[0]

    async def _one_by_one(self, feed: Feed) -> None:
        courier = Courier(self._endpoint, self._access, self._tally, self._stopping)
        sender = Sender(courier, self._tally, self._truth)
        try:
            while steps := await feed.take():
                await sender.send(steps)
        finally:
            courier.close()


def _run(options: Options) -> Run:
    return Run(
        seed=options.seed,
        start=options.start,
        url=options.url,
        answers=None if options.answers is None else str(options.answers),
        pace=options.pace,
        batch=options.batch,
        at_once=options.at_once,
        sessions=options.sessions,
        events=options.events,
        size=options.size,
        habits=options.habits,
    )
