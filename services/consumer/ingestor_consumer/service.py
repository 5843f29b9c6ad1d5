"""The consumer service: its parts, put together, started, and stopped in order."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Final

import structlog

from ingestor_common.probes import ProbeServer
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.writer import Writer
from ingestor_common.turns import Turns
from ingestor_consumer import metrics
from ingestor_consumer.assignment import Assignment
from ingestor_consumer.client import KafkaThread
from ingestor_consumer.commits import Commits
from ingestor_consumer.deadletter import DeadLetters
from ingestor_consumer.health import Health
from ingestor_consumer.holds import Holds
from ingestor_consumer.incarnation import Incarnation
from ingestor_consumer.joining import Joining
from ingestor_consumer.lag import LagBook
from ingestor_consumer.partition import Partition, Parts
from ingestor_consumer.partitions import Partitions
from ingestor_consumer.progress import Progress
from ingestor_consumer.settings import ConsumerSettings
from ingestor_consumer.settling import LOCK_SECONDS, STORES_AT_ONCE, Slots
from ingestor_consumer.topic import Topic
from ingestor_consumer.watch import Watch

log = structlog.get_logger(__name__)

STATEMENT_SECONDS: Final = 30.0
CONNECTIONS: Final = STORES_AT_ONCE + 2
"""Those that store, one that opens partitions, one that looks at the books."""

LEAVE_SECONDS: Final = 8.0
"""A pod is killed after its grace period, and `docker stop` gives 10 s: what is not stored by then is read again."""


async def run(settings: ConsumerSettings) -> None:
    """Consume until SIGTERM or SIGINT. Raises what a part of the service ended with, if one did."""
    pool = await open_pool(
        settings.database_url.get_secret_value(),
        max_size=CONNECTIONS,
        application_name="ingestor-consumer",
        command_timeout=STATEMENT_SECONDS,
    )
    try:
        await _consume(settings, pool)
    finally:
        pool.terminate()


async def _consume(settings: ConsumerSettings, pool: Pool) -> None:
    assignment, holds, commits, lag, progress = Assignment(), Holds(), Commits(), LagBook(), Progress()
    ended, thread_ended = _future_from_thread()
    topic = Topic(settings)
    incarnation = Incarnation(renew=lambda: thread.renew())
    letters = DeadLetters(settings)
    writer = Writer(pool, LOCK_SECONDS)
    parts = Parts(
        topic=topic,
        incarnation=incarnation,
        pool=pool,
        writer=writer,
        letters=letters,
        slots=Slots(),
        turns=Turns(),
        large=asyncio.Lock(),
        holds=holds,
        commits=commits,
        lag=lag,
        progress=progress,
    )
    partitions = Partitions(lambda number: Partition(parts, number))
    thread = KafkaThread(settings, assignment, partitions, commits, progress, thread_ended)
    watch = Watch(topic, pool, assignment, incarnation, lag, progress, partitions.start_over)
    joining = Joining(settings.kafka_group, writer, join=thread.start)
    metrics.show_holds(holds, joining)
    with _serving(settings, Health(assignment, joining, holds, watch, progress)):
        async with _tasks(watch.run(), joining.run()) as [watching, _]:
            waited: list[asyncio.Future[None]] = [_signalled(), ended, watching]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            log.info("stopping")
            thread.stop()
            letters.close()
            if thread.is_alive():
                await asyncio.wait([ended], timeout=LEAVE_SECONDS)
        await partitions.close()
    if ended.done():
        ended.result()


@contextlib.contextmanager
def _serving(settings: ConsumerSettings, health: Health) -> Iterator[None]:
    server = ProbeServer(
        settings.metrics_port,
        chosen=settings.metrics_port_is_chosen,
        live=health.live,
        ready=health.ready,
        sees=health.sees,
    )
    log.info("serving metrics and probes", port=server.start())
    try:
        yield
    finally:
        server.stop()


@contextlib.asynccontextmanager
async def _tasks(*parts: Coroutine[None, None, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The parts as tasks, cancelled at the end; then the failure of one that had ended by itself is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            task.result()


def _signalled() -> asyncio.Future[None]:
    """Done when SIGTERM or SIGINT has come."""
    loop = asyncio.get_running_loop()
    signalled: asyncio.Future[None] = loop.create_future()

    def note() -> None:
        if not signalled.done():
            signalled.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, note)
    return signalled


def _future_from_thread() -> tuple[asyncio.Future[None], Callable[[BaseException | None], None]]:
    """A future, and what a thread calls to say how it ended."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    def ended(error: BaseException | None) -> None:
        # The loop is closed already when the thread was not waited for to its end.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, error)

    return future, ended
