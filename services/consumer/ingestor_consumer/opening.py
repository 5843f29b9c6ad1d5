"""Opening a partition: the ledger says where it is read from, once it is known to be the same log."""

from dataclasses import dataclass
from typing import Final

import structlog

from ingestor_common.kafka_log.divergence import find_common_end
from ingestor_common.kafka_log.leader import Leader
from ingestor_common.store import ledger
from ingestor_common.store.ledger import Account, Advance, Rewind, Source
from ingestor_common.store.pool import Connection, Pool
from ingestor_consumer.accounting import catch_up
from ingestor_consumer.incarnation import Incarnation
from ingestor_consumer.topic import Topic

log = structlog.get_logger(__name__)

NO_EPOCH: Final = -1


@dataclass(frozen=True, slots=True)
class OpenLog:
    """A partition's log, where it is read on, and the last leader epoch that the books have of it."""

    source: Source
    leader: Leader
    position: int
    leader_epoch: int


async def open_log(topic: Topic, incarnation: Incarnation, pool: Pool, partition: int) -> OpenLog:
    """Find the partition's leader, compare its log with the books, and make them go on from the same place.

    The caller closes the leader. Raises KAFKA_ERRORS, what asyncpg raises, OffsetMoved, and TopicRemade.
    """
    source = await topic.source()
    incarnation.check(source)
    leader = await topic.leader(partition)
    try:
        position, leader_epoch = await _agree(pool, source, leader, partition)
    except BaseException:
        await leader.close()
        raise
    log.info("partition opened", partition=partition, offset=position)
    return OpenLog(source, leader, position, leader_epoch)


async def _agree(pool: Pool, source: Source, leader: Leader, partition: int) -> tuple[int, int]:
    logged = await leader.log_range()
    async with pool.acquire() as connection:
        accounts = await ledger.load(connection, source)
        account = accounts.get(partition) or await ledger.open_account(connection, source, partition, logged.start)
        epochs = await ledger.epochs(connection, source, partition)
        common_end = await find_common_end(epochs, account.next_offset, leader.epoch_end)
        steps = catch_up(account, logged, common_end)
        async with connection.transaction():
            for step in steps:
                await _take(connection, source, account, step)
        if steps:
            epochs = await ledger.epochs(connection, source, partition)
    last = epochs[-1].leader_epoch if epochs else NO_EPOCH
    return (steps[-1].next if steps else account.next_offset), last


async def _take(connection: Connection, source: Source, account: Account, step: Advance | Rewind) -> None:
    if isinstance(step, Rewind):
        await ledger.rewind(connection, source, step)
        log.error(
            "brokers have lost records that had been read; going back to where the logs divide",
            partition=account.partition,
            vanished=step.expected - step.next,
            read_up_to=step.expected,
            going_on_from=step.next,
        )
    else:
        await ledger.advance(connection, source, [step])
        log.error("retention removed records before they were read", partition=account.partition, lost=step.lost)
