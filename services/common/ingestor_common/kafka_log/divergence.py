"""Where the log that was read and the log that is there divide, after brokers came back without the end of a log.

The rules are those by which a replica cuts its own log to its leader's (KIP-101, KIP-279), and a consumer learns that
what it read is gone (KIP-320): two logs are the same up to an offset if they have the same leader epoch there.
"""

from collections.abc import Awaitable, Callable, Sequence

from ingestor_common.kafka_log.leader import EpochEnd
from ingestor_common.store.ledger import EpochStart

AskEpochEnd = Callable[[int], Awaitable[EpochEnd | None]]
"""Asks the leader where an epoch ends in its log; None where it has no epoch as old as that."""


async def find_common_end(epochs: Sequence[EpochStart], next_offset: int, ask: AskEpochEnd) -> int:
    """The offset up to which what was read is still in the log: `next_offset` where all of it is.

    `epochs` are those that were read, the oldest first, each with its first offset. 0 means that nothing that is known
    is in the log any more. Without epochs nothing can be told, and all is taken for being there.
    """
    known = list(epochs)
    if not known:
        return next_offset
    end = next_offset
    while known:
        epoch = known[-1].leader_epoch
        answer = await ask(epoch)
        if answer is None:
            return 0
        if answer.leader_epoch == epoch:
            return min(end, answer.end)
        # The leader's log has nothing of this epoch: what was read of it is gone, and maybe more.
        while known and known[-1].leader_epoch > answer.leader_epoch:
            end = known.pop().offset
        if known and known[-1].leader_epoch == answer.leader_epoch:
            return min(end, answer.end)
    return 0
