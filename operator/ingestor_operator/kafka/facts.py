"""What Kafka says about a resource's topics and group at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.scaling import GroupState, Member, PartitionOffsets


@dataclass(frozen=True)
class TopicFacts:
    """A topic that exists."""

    name: str
    id: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str] = field(default_factory=dict)
    """Effective configuration, the brokers' defaults included."""
    mark: OwnerMark | None = None
    """Who keeps it; None where nobody has said so lately."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """Settings that are what was asked for, as it was asked, though Kafka shows another text."""


@dataclass(frozen=True)
class GroupFacts:
    """The consumer group and the offsets of the topic it reads."""

    state: GroupState = GroupState.UNKNOWN
    members: tuple[Member, ...] = ()
    offsets: tuple[PartitionOffsets, ...] = ()
    read_at: datetime | None = None
    """When the offsets were read: after the committed ones, before the logs' ends. None where there are none."""
    uptime: float | None = None
    """The monotonic time of that moment."""


@dataclass(frozen=True)
class KafkaFacts:
    """What was read; a topic that is not in `topics` does not exist."""

    topics: Mapping[str, TopicFacts] = field(default_factory=dict)
    group: GroupFacts = field(default_factory=GroupFacts)
    unmarkable: str | None = None
    """Kafka's words where owner marks can be neither read nor written for lack of a right."""


@dataclass(frozen=True)
class KafkaUnreachable:
    """Why nothing could be read; `reason` is one of the TopicReady condition's."""

    reason: str
    message: str


KafkaObservation = KafkaFacts | KafkaUnreachable
