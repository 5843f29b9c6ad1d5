"""Opens the partitions that the group gives us: the ledger says where each is read from."""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import structlog

from ingestor_common.store import errors, ledger
from ingestor_common.store.ledger import Account, Source
from ingestor_common.store.pool import Connection, Pool
from ingestor_consumer import retry
from ingestor_consumer.accounting import BeyondTheEnd, catch_up
from ingestor_consumer.assignment import Assignment
from ingestor_consumer.channel import Channel, Read
from ingestor_consumer.lag import LagBook
from ingestor_consumer.topic import KAFKA_ERRORS, LogRange, Topic

log = structlog.get_logger(__name__)


class Ahead(RuntimeError):
    """The books of a partition are ahead of its log, in the same topic: brokers have lost acknowledged records."""


class Opener:
    """`run` it as a task. `renew` is called when the topic has been made again since it was first read."""

    def __init__(
        self,
        topic: Topic,
        pool: Pool,
        assignment: Assignment,
        channel: Channel,
        lag: LagBook,
        renew: Callable[[], None],
    ) -> None:
        self._topic: Final = topic
        self._pool: Final = pool
        self._assignment: Final = assignment
        self._channel: Final = channel
        self._lag: Final = lag
        self._renew: Final = renew
        self._source: Source | None = None
        self.trouble: str | None = None
        """Why partitions wait to be opened, if they do."""

    async def run(self) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            await self._channel.to_open.wait()
            self._channel.to_open.clear()
            try:
                await self._open_all()
                self.trouble, failures = None, 0
            except Exception as error:
                if not _passes(error):
                    raise
                self.trouble = f"{type(error).__name__}: {error}"
                log.warning("partitions wait to be opened", error=str(error), failures=failures)
                await asyncio.sleep(retry.delay(failures, random.SystemRandom()))
                failures += 1
                self._channel.to_open.set()

    def same_topic(self, source: Source) -> bool:
        """Whether `source` is what is being read. If not, the client has been told to start over."""
        if self._source is None or self._source == source:
            return True
        log.warning("the topic was deleted and made again; starting over with it", topic=source.topic)
        self._source = None
        self._renew()
        return False

    async def _open_all(self) -> None:
        epochs = self._assignment.unopened()
        if not epochs:
            return
        source = await self._topic.source()
        if not self.same_topic(source):
            return
        self._source = source
        ranges = await self._topic.ranges(tuple(epochs))
        async with self._pool.acquire() as connection:
            accounts = await ledger.load(connection, source)
            held: list[Ahead] = []
            for partition, epoch in epochs.items():
                account = accounts.get(partition) or await ledger.open_account(
                    connection, source, partition, ranges[partition].start
                )
                try:
                    offset = await self._catch_up(connection, source, account, ranges[partition])
                except Ahead as error:
                    held.append(error)
                else:
                    self._start(Read(source, partition, epoch, offset))
        # Only now: the partitions whose books are in order are read meanwhile.
        if held:
            raise Ahead("; ".join(map(str, held)))

    async def _catch_up(self, connection: Connection, source: Source, account: Account, logged: LogRange) -> int:
        """The offset to read from."""
        step = catch_up(account, logged.start, logged.end)
        if step is None:
            return account.next_offset
        if isinstance(step, BeyondTheEnd):
            raise Ahead(
                f"partition {account.partition}: offset {step.next_offset} comes next and the log ends at "
                f"{step.log_end}; brokers have lost records. See: ingestor-admin ledger"
            )
        log.error("retention removed records before they were read", partition=account.partition, lost=step.lost)
        async with connection.transaction():
            await ledger.advance(connection, source, [step])
        return step.next

    def _start(self, read: Read) -> None:
        log.info("partition opened", partition=read.partition, offset=read.offset)
        self._lag.opened(read.partition, read.offset)
        self._assignment.opened(read.partition, read.epoch)
        self._channel.stored({read.partition: read.offset})
        self._channel.order(read)


def _passes(error: Exception) -> bool:
    return isinstance(error, (*KAFKA_ERRORS, Ahead, ledger.OffsetMoved)) or errors.is_transient(error)
