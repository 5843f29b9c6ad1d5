"""What was seen of a consumer group, its topic and its pods at one moment."""

from dataclasses import dataclass
from enum import StrEnum

UNCOMMITTED = -1001
"""The committed offset of a partition the group has committed nothing for (librdkafka's OFFSET_INVALID)."""


class GroupState(StrEnum):
    """State of a consumer group, in the words of Kafka's coordinators (classic and consumer protocol)."""

    UNKNOWN = "Unknown"
    PREPARING_REBALANCE = "PreparingRebalance"
    COMPLETING_REBALANCE = "CompletingRebalance"
    ASSIGNING = "Assigning"
    RECONCILING = "Reconciling"
    STABLE = "Stable"
    EMPTY = "Empty"
    DEAD = "Dead"


class LagState(StrEnum):
    """Whether the lag can be computed, and if not, why."""

    KNOWN = "Known"
    UNCOMMITTED = "Uncommitted"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """Offsets of one partition; None where the offset could not be read.

    `committed` is UNCOMMITTED where the group has committed nothing. Read committed offsets before the log
    ends: read the other way round, a record stored in between makes `committed` greater than `end`, which
    otherwise only a recreated topic does, and the lag counts as unknown.
    """

    partition: int
    start: int | None
    end: int | None
    committed: int | None

    @property
    def lag_state(self) -> LagState:
        """KNOWN; UNCOMMITTED: records wait, no offset says from where; UNKNOWN: unread or contradictory."""
        if self.start is None or self.end is None or self.committed is None:
            return LagState.UNKNOWN
        if self.committed < 0:
            return LagState.UNCOMMITTED if self.end > self.start else LagState.KNOWN
        return LagState.KNOWN if self.committed <= self.end else LagState.UNKNOWN

    @property
    def lag(self) -> int | None:
        """Records waiting, those that retention has removed not counted; None unless the lag is known."""
        if self.lag_state is not LagState.KNOWN or self.start is None or self.end is None:
            return None
        return self.end - self.position

    @property
    def position(self) -> int:
        """The offset the group reads next, at least the log start. Only of a partition with a known lag."""
        if self.start is None or self.committed is None:
            raise ValueError(f"partition {self.partition} has offsets that were not read")
        return max(self.committed, self.start)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the consumer group and the partitions of the topic assigned to it."""

    member_id: str
    partitions: tuple[int, ...] = ()
    unread: str | None = None
    """What it is, where its partitions cannot be told: a member of another protocol type, for instance."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at the group. `time` in seconds since the epoch.

    `replicas` is what the consumer Deployment's spec asks for, `ready` its ready pods. An empty `partitions`
    says that Kafka could not be read. A changed `topic_id` says that the topic was deleted and created again.
    """

    time: float
    replicas: int
    ready: int
    group_state: GroupState = GroupState.UNKNOWN
    partitions: tuple[PartitionOffsets, ...] = ()
    members: tuple[Member, ...] = ()
    topic_id: str | None = None
    foreign_members: str | None = None
    """What says that the group has members of another kind than ours."""
    database_outage: str | None = None
    """What a consumer says that does not reach its database."""
    uptime: float | None = None
    """Seconds of a clock that nobody sets, read with `time`; None where no offsets were read."""
    deployment_uid: str | None = None
    """The uid of the consumer Deployment: another one that is made in its place has another."""
    is_as_made: bool = False
    """Whether nobody has written a number into the Deployment since it was made, though the operator may."""
    kafka_outage: str | None = None
    """Sentences that say why Kafka could not be read."""

    @property
    def lag_state(self) -> LagState:
        """UNKNOWN if any partition's lag is unknown, else UNCOMMITTED if any is, else KNOWN."""
        states = {partition.lag_state for partition in self.partitions}
        if not states or LagState.UNKNOWN in states:
            return LagState.UNKNOWN
        return LagState.UNCOMMITTED if LagState.UNCOMMITTED in states else LagState.KNOWN

    @property
    def lag(self) -> int | None:
        """Records waiting in all partitions; None unless the lag is known."""
        if self.lag_state is not LagState.KNOWN:
            return None
        return sum(partition.lag or 0 for partition in self.partitions)
