"""What has to be done so that the topics are as the spec says, and what Kafka does not allow."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingestor_operator import API_GROUP
from ingestor_operator.kafka.facts import KafkaFacts, TopicFacts
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.problem import Problem
from ingestor_operator.scaling import LagState, Observation

ALLOW_INCREASE = f"{API_GROUP}/allow-partition-increase"
_MS_PER_HOUR = 3_600_000
_DEFAULT_MESSAGE_BYTES = 1024 * 1024
"""What a broker takes by default. A dead letter is the whole record and the headers that say why: twice as much."""


@dataclass(frozen=True)
class WantedTopic:
    """A topic as the spec says."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class CreateTopic:
    """Create a topic that does not exist."""

    topic: WantedTopic

    def __str__(self) -> str:
        return f"create topic {self.topic.name} with {self.topic.partitions} partitions"


@dataclass(frozen=True)
class RaisePartitions:
    """Raise the number of partitions of a topic."""

    name: str
    present: int
    total: int

    def __str__(self) -> str:
        return f"raise the partitions of topic {self.name} from {self.present} to {self.total}"


@dataclass(frozen=True)
class SetConfig:
    """Set some settings of a topic."""

    name: str
    changes: Mapping[str, str]

    def __str__(self) -> str:
        settings = ", ".join(f"{key}={value}" for key, value in sorted(self.changes.items()))
        return f"set {settings} on topic {self.name}"


TopicAction = CreateTopic | RaisePartitions | SetConfig


@dataclass(frozen=True)
class TopicPlan:
    """Actions to take, and what is to be reported instead."""

    actions: tuple[TopicAction, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class IncreaseGuard:
    """Whether partitions may be raised: keys move to other partitions, so order is lost for what waits."""

    lag: int | None
    lag_state: LagState
    allowed: bool = False

    @property
    def open(self) -> bool:
        """Nothing waits, or a person has allowed it."""
        return self.allowed or self.lag == 0


def wanted_topics(resource: Resource) -> tuple[WantedTopic, WantedTopic]:
    """The topic and its dead-letter topic."""
    topic, dead = resource.spec.kafka.topic, resource.spec.kafka.dead_letter_topic
    config = topic.config | _kept_for(topic.retention_hours)
    dead_config = _kept_for(dead.retention_hours) | {"max.message.bytes": str(2 * _largest_record(config))}
    return (
        WantedTopic(topic.name, topic.partitions, topic.replication_factor, config),
        WantedTopic(dead.name, dead.partitions, topic.replication_factor, dead_config),
    )


def _kept_for(hours: int) -> dict[str, str]:
    """Settings by which records are kept for so long and then go, whatever the brokers' defaults are."""
    return {"cleanup.policy": "delete", "retention.ms": str(hours * _MS_PER_HOUR)}


def _largest_record(config: Mapping[str, str]) -> int:
    """Bytes; what is no number is for Kafka to refuse."""
    said = config.get("max.message.bytes", "")
    return int(said) if said.isdecimal() else _DEFAULT_MESSAGE_BYTES


def plan_topics(resource: Resource, facts: KafkaFacts, lag: Observation) -> TopicPlan:
    """The plan for both topics; `lag` is what the scaling sees of the group."""
    main, dead = wanted_topics(resource)
    allowed = resource.annotations.get(ALLOW_INCREASE) == "true"
    guard = IncreaseGuard(lag.lag, lag.lag_state, allowed)
    # Dead letters are read one by one, in no order that a key would have to keep.
    free = IncreaseGuard(0, LagState.KNOWN)
    plans = (
        plan_topic(main, facts.topics.get(main.name), guard),
        plan_topic(dead, facts.topics.get(dead.name), free),
    )
    return TopicPlan(
        tuple(action for plan in plans for action in plan.actions),
        tuple(problem for plan in plans for problem in plan.problems),
    )


def plan_topic(wanted: WantedTopic, present: TopicFacts | None, guard: IncreaseGuard) -> TopicPlan:
    """The plan for one topic."""
    if present is None:
        return TopicPlan((CreateTopic(wanted),))
    actions: list[TopicAction] = []
    problems: list[Problem] = []
    if wanted.partitions > present.partitions:
        if guard.open:
            actions.append(RaisePartitions(wanted.name, present.partitions, wanted.partitions))
        else:
            problems.append(_increase_waits(wanted, present, guard))
    elif wanted.partitions < present.partitions:
        problems.append(_more_partitions(wanted, present))
    if wanted.replication_factor != present.replication_factor:
        problems.append(_replication_differs(wanted, present))
    differing = {key: value for key, value in wanted.config.items() if present.config.get(key) != value}
    if differing:
        actions.append(SetConfig(wanted.name, differing))
    return TopicPlan(tuple(actions), tuple(problems))


def lag_in_words(lag: int | None, state: LagState) -> str:
    """The lag as part of a sentence."""
    if lag is not None:
        return f"{lag} records are not stored yet"
    if state is LagState.UNCOMMITTED:
        return "the group has committed no offset yet"
    return "the lag is not known"


def _increase_waits(wanted: WantedTopic, present: TopicFacts, guard: IncreaseGuard) -> Problem:
    return Problem(
        "PartitionIncreaseWaits",
        f"Topic {wanted.name} keeps {present.partitions} partitions instead of {wanted.partitions} while"
        f" {lag_in_words(guard.lag, guard.lag_state)}, because keys would move; wait, or annotate the resource"
        f' with {ALLOW_INCREASE}: "true".',
    )


def _more_partitions(wanted: WantedTopic, present: TopicFacts) -> Problem:
    return Problem(
        "MorePartitions",
        f"Topic {wanted.name} has {present.partitions} partitions, the spec says {wanted.partitions}; Kafka cannot"
        f" shrink a topic, so set partitions to {present.partitions}.",
    )


def _replication_differs(wanted: WantedTopic, present: TopicFacts) -> Problem:
    return Problem(
        "ReplicationFactorDiffers",
        f"Topic {wanted.name} has replication factor {present.replication_factor}, the spec says"
        f" {wanted.replication_factor}; move its replicas with kafka-reassign-partitions.",
    )
