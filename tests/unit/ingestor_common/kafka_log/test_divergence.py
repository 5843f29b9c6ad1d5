"""Where the log that was read and the log that is there divide, however often brokers lost the end of it."""

from bisect import bisect_right
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.kafka_log.divergence import find_common_end
from ingestor_common.kafka_log.leader import EpochEnd
from ingestor_common.store.ledger import EpochStart


@dataclass
class Replica:
    """A broker's copy of the log: the leader epoch of each record."""

    log: list[int] = field(default_factory=list)

    async def epoch_end(self, epoch: int) -> EpochEnd | None:
        """As a leader answers: the last epoch that is no later, and where it ends."""
        end = bisect_right(self.log, epoch)
        return EpochEnd(self.log[end - 1], end) if end else None


def _history(read: list[int]) -> list[EpochStart]:
    return [EpochStart(epoch, read.index(epoch)) for epoch in sorted(set(read))]


def _common(read: list[int], log: list[int]) -> int:
    """Two logs with the same epoch at an offset are the same up to it."""
    return max((at + 1 for at in range(min(len(read), len(log))) if read[at] == log[at]), default=0)


@st.composite
def elections(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """What was read, and the present leader's log, after clean and unclean elections among three replicas.

    Each leader appends under an epoch of its own, followers copy a part of it, and any replica may lead next, which
    cuts the others to what they have in common. The reader reads from leaders only, some of the time.
    """
    replicas = [Replica(), Replica(), Replica()]
    read: list[int] = []
    leader = replicas[0]
    for epoch in range(draw(st.integers(1, 6))):
        leader = draw(st.sampled_from(replicas))
        # The reader that sees a new leader goes back first.
        if draw(st.booleans()):
            read = read[: _common(read, leader.log)]
            sees = True
        else:
            sees = False
        leader.log += [epoch] * draw(st.integers(0, 4))
        for follower in replicas:
            if follower is not leader and draw(st.booleans()):
                follower.log = leader.log[: draw(st.integers(_common(follower.log, leader.log), len(leader.log)))]
        if sees:
            read += leader.log[len(read) : draw(st.integers(len(read), max(len(read), len(leader.log))))]
    return read, leader.log


@given(elections())
async def test_the_common_end_is_found_exactly(logs: tuple[list[int], list[int]]) -> None:
    read, log = logs
    found = await find_common_end(_history(read), len(read), Replica(log).epoch_end)
    assert found == (_common(read, log) if read else 0)


async def test_without_epochs_all_is_taken_for_being_there() -> None:
    assert await find_common_end([], 17, Replica([0] * 3).epoch_end) == 17
