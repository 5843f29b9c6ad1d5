"""The words a decision is told in: its direction, its reason, and what each reason means."""

from enum import StrEnum


class Direction(StrEnum):
    """Where a decision moves the number of consumers; also a metric label."""

    UP = "up"
    DOWN = "down"
    HOLD = "hold"
    REVERT = "revert"


class Reason(StrEnum):
    """Why a decision was taken; a reason of the ScalingActive condition and a metric label."""

    # Set by a person, whatever the group does.
    PINNED = "Pinned"
    AUTOSCALING_DISABLED = "AutoscalingDisabled"
    BELOW_MINIMUM = "BelowMinimum"
    ABOVE_MAXIMUM = "AboveMaximum"
    # The Deployment has been made anew.
    DECIDED_BEFORE = "DecidedBefore"
    # Nothing is stored, not enough is known, or the group is in motion: hold.
    DATABASE_UNREACHABLE = "DatabaseUnreachable"
    FOREIGN_MEMBERS = "ForeignMembers"
    LAG_UNKNOWN = "LagUnknown"
    LAG_UNCOMMITTED = "LagUncommitted"
    GROUP_NOT_STABLE = "GroupNotStable"
    MEMBERS_DIFFER = "MembersDiffer"
    REPLICAS_NOT_READY = "ReplicasNotReady"
    RATE_UNKNOWN = "RateUnknown"
    PARTITIONS_STUCK = "PartitionsStuck"
    WATCHING_SCALE_UP = "WatchingScaleUp"
    # The load decides.
    CAPACITY_MATCHES = "CapacityMatches"
    CAPACITY_SHORT = "CapacityShort"
    CAPACITY_UNUSED = "CapacityUnused"
    STABILIZING = "Stabilizing"
    AT_LIMIT = "AtLimit"
    NO_THROUGHPUT_GAINED = "NoThroughputGained"
