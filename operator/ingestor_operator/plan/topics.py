"""What has to be done so that the topics are as the spec says, and what Kafka does not allow."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator import API_GROUP
from ingestor_operator.kafka.facts import KafkaFacts, TopicFacts
from ingestor_operator.kafka.settings import is_same_setting, whole_number
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.times import age, past, read_time
from ingestor_operator.plan.ownership import (
    ADOPT_TOPIC,
    TOPIC_COMPACTED,
    MarkTopic,
    Neighbours,
    is_adopted,
    is_compacted,
    is_held,
    is_made,
    is_marked,
    mark_problem,
    plan_mark,
    told_of,
    topics,
)
from ingestor_operator.plan.problem import Problem
from ingestor_operator.scaling import LagState, Observation

INCREASE_WAITS = "PartitionIncreaseWaits"
ALLOW_INCREASE = f"{API_GROUP}/allow-partition-increase"
_MS_PER_HOUR = 3_600_000
_MIN_INSYNC = "min.insync.replicas"
_MOST_MESSAGE_BYTES = 2**31 - 1
"""Kafka takes no more: its setting is an int."""
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
        return f"create topic {self.topic.name} with {counted_noun(self.topic.partitions, 'partition')}"


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
    present: Mapping[str, str] = field(default_factory=dict, compare=False)
    """All settings as they are."""

    def __str__(self) -> str:
        settings = (f"{key}: {self.present.get(key, 'none')} → {value}" for key, value in sorted(self.changes.items()))
        return f"change topic {self.name} ({'; '.join(settings)})"


TopicAction = CreateTopic | RaisePartitions | SetConfig


@dataclass(frozen=True)
class TopicPlan:
    """Actions to take, and what is to be reported instead."""

    actions: tuple[TopicAction, ...] = ()
    problems: tuple[Problem, ...] = ()
    marks: tuple[MarkTopic, ...] = ()
    """Owner marks to write; they are no change of the topics, and so no reason not to be ready."""
    made: frozenset[str] = frozenset()
    """Those of the topics that were made for the resource."""
    refusal: Problem | None = None
    """Why nothing may be done for the resource; then there are no actions."""

    @property
    def missing(self) -> list[str]:
        """Names of the topics that are to be made."""
        return [action.topic.name for action in self.actions if isinstance(action, CreateTopic)]


@dataclass(frozen=True)
class IncreaseGuard:
    """Whether partitions may be raised: keys move to other partitions, so order is lost for what waits."""

    lag: int | None
    lag_state: LagState
    allowed: bool = False
    group: str = ""
    """Who has to store what waits."""
    since: datetime | None = None
    """When the increase began to wait; None where it does not yet."""
    now: datetime = datetime.max

    @property
    def open(self) -> bool:
        """Nothing waits, or a person has allowed it."""
        return self.allowed or self.lag == 0


def wanted_topics(resource: Resource) -> tuple[WantedTopic, WantedTopic]:
    """The topic and its dead-letter topic."""
    topic, dead = resource.spec.kafka.topic, resource.spec.kafka.dead_letter_topic
    config = topic.config | _kept_for(topic.retention_hours)
    # A dead letter is as durable as the record whose offset is committed after it.
    like_the_topic = {key: config[key] for key in (_MIN_INSYNC,) if key in config}
    large_enough = {"max.message.bytes": str(min(2 * _largest_record(config), _MOST_MESSAGE_BYTES))}
    dead_config = like_the_topic | large_enough | dead.config | _kept_for(dead.retention_hours)
    return (
        WantedTopic(topic.name, topic.partitions, topic.replication_factor, config),
        WantedTopic(dead.name, dead.partitions, topic.replication_factor, dead_config),
    )


def _kept_for(hours: int) -> dict[str, str]:
    """Settings by which records are kept for so long and then go, whatever the brokers' defaults are."""
    return {"cleanup.policy": "delete", "retention.ms": str(hours * _MS_PER_HOUR)}


def _largest_record(config: Mapping[str, str]) -> int:
    """Bytes; what is no number is for Kafka to refuse."""
    said = whole_number(config.get("max.message.bytes", ""))
    return _DEFAULT_MESSAGE_BYTES if said is None else said


def unsendable(resource: Resource, facts: KafkaFacts) -> Problem | None:
    """Why no record can be sent to one of the topics, made or found: services send with acks=all.

    Kafka takes a min.insync.replicas that no partition can ever have, from a topic's settings or its brokers' own.
    """
    present = [facts.topics[topic.name] for topic in wanted_topics(resource) if topic.name in facts.topics]
    told = [sentence for topic in present if (sentence := _too_few_replicas(topic))]
    return Problem("TooFewReplicas", " ".join(told)) if told else None


def _too_few_replicas(topic: TopicFacts) -> str | None:
    replicas, needed = topic.replication_factor, whole_number(topic.config.get(_MIN_INSYNC, ""))
    if needed is None or needed <= replicas:
        return None
    return (
        f"No record can be sent to topic {topic.name}: its {_MIN_INSYNC} is {needed}, and its replication factor"
        f" {replicas}. Set {_MIN_INSYNC} to {replicas} or less, or give its partitions more replicas with"
        " kafka-reassign-partitions."
    )


def plan_topics(
    resource: Resource, facts: KafkaFacts, lag: Observation, neighbours: Neighbours, now: datetime
) -> TopicPlan:
    """The plan for both topics, which nobody else claims; `lag` is what the scaling sees of the group."""
    # In the order in which all resources take topics: see `released_marks`.
    present = [facts.topics[name] for name in sorted(topics(resource)) if name in facts.topics]
    made = frozenset(topic.name for topic in present if is_made(resource, topic, facts, neighbours))
    compacted = [topic for topic in present if topic.name not in made and is_compacted(topic)]
    if compacted:
        return TopicPlan(made=made, refusal=_compacted(compacted[0]))
    if resource.spec.mode == "Observe":
        return _plan_both(resource, facts, lag, made, now)
    written = [plan_mark(resource, topic, topic.name in made, neighbours, now) for topic in present]
    marks = tuple(mark for mark in written if mark)
    if facts.unmarkable is None:
        first = [topic for topic in present if not is_marked(resource, topic) and not is_held(resource, topic, facts)]
        if first:
            return TopicPlan(marks=marks, made=made, refusal=_marks_first(first))
        return replace(_plan_both(resource, facts, lag, made, now), marks=marks)
    plan = _plan_both(resource, facts, lag, made, now)
    return replace(plan, marks=marks, problems=(*plan.problems, mark_problem(resource, facts.unmarkable)))


def _plan_both(
    resource: Resource, facts: KafkaFacts, lag: Observation, made: frozenset[str], now: datetime
) -> TopicPlan:
    main, dead = wanted_topics(resource)
    allowed = resource.annotations.get(ALLOW_INCREASE) == "true"
    told = told_of(resource, main.name)
    since = read_time(told.increase_waits_since) if told else None
    guard = IncreaseGuard(lag.lag, lag.lag_state, allowed, resource.spec.kafka.consumer_group, since, now)
    # Dead letters are read one by one, in no order that a key would have to keep.
    free = IncreaseGuard(0, LagState.KNOWN)
    plans = [
        plan_topic(topic, facts.topics.get(topic.name), guard, managed=is_adopted(resource) or topic.name in made)
        for topic, guard in sorted(((main, guard), (dead, free)), key=lambda wanted: wanted[0].name)
    ]
    return TopicPlan(
        tuple(action for plan in plans for action in plan.actions),
        tuple(problem for plan in plans for problem in plan.problems),
        made=made,
    )


def plan_topic(
    wanted: WantedTopic, present: TopicFacts | None, guard: IncreaseGuard, *, managed: bool = True
) -> TopicPlan:
    """The plan for one topic; one that is not `managed` was found, and is used as it is."""
    if present is None:
        return TopicPlan((CreateTopic(wanted),))
    if not managed:
        return TopicPlan(problems=_found_otherwise(wanted, present))
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
    differing = _differing(wanted, present)
    if differing:
        actions.append(SetConfig(wanted.name, differing, present.config))
    return TopicPlan(tuple(actions), tuple(problems))


def _differing(wanted: WantedTopic, present: TopicFacts) -> dict[str, str]:
    """Settings that are not as wanted, with what is wanted."""
    return {key: value for key, value in wanted.config.items() if not _is_set(key, value, present)}


def _is_set(key: str, value: str, present: TopicFacts) -> bool:
    shown = present.config.get(key)
    return present.asked.get(key) == value or (shown is not None and is_same_setting(value, shown))


def lag_in_words(lag: int | None, state: LagState) -> str:
    """The lag as part of a sentence."""
    if lag is not None:
        return f"{counted_noun(lag, 'record is', 'records are')} not stored yet"
    if state is LagState.UNCOMMITTED:
        return "the group has committed no offset yet"
    return "the lag is not known"


def _increase_waits(wanted: WantedTopic, present: TopicFacts, guard: IncreaseGuard) -> Problem:
    kept = counted_noun(present.partitions, "partition")
    return Problem(
        INCREASE_WAITS,
        f"Topic {wanted.name} keeps {kept} instead of {wanted.partitions} until group"
        f" {guard.group} has stored every record, because keys would move: {lag_in_words(guard.lag, guard.lag_state)}."
        f" It waits since {_waiting(guard)}. While events keep coming there may be no such moment: to raise at once,"
        f' annotate the resource with {ALLOW_INCREASE}: "true".',
    )


def _waiting(guard: IncreaseGuard) -> str:
    since = past(guard.since or guard.now, guard.now)
    minutes = int(age(since, guard.now).total_seconds()) // 60
    return f"{since:%Y-%m-%dT%H:%M:%SZ}, for {counted_noun(minutes, 'minute')}"


def _found_otherwise(wanted: WantedTopic, present: TopicFacts) -> tuple[Problem, ...]:
    """One sentence with every difference, or none."""
    pairs = [
        ("partitions", str(wanted.partitions), str(present.partitions)),
        ("replication factor", str(wanted.replication_factor), str(present.replication_factor)),
    ]
    settings = sorted(_differing(wanted, present).items())
    pairs += [(key, value, present.config.get(key, "nothing")) for key, value in settings]
    differences = ", ".join(f"{name} {found} instead of {asked}" for name, asked, found in pairs if asked != found)
    if not differences:
        return ()
    return (
        Problem(
            "TopicDiffers",
            f"Topic {wanted.name} was not made by the operator and is used as it is, with {differences}; annotate the"
            f' resource with {ADOPT_TOPIC}: "true" to have it changed, or change the spec.',
        ),
    )


def _compacted(topic: TopicFacts) -> Problem:
    return Problem(
        TOPIC_COMPACTED,
        f"Topic {topic.name} is compacted (cleanup.policy={topic.config['cleanup.policy']}) and was not made by the"
        " operator: compaction would keep one event of each session. Give the resource another topic, or set"
        " cleanup.policy=delete on this one yourself. Until then nothing is created or changed for the resource; what"
        " it has runs on as it is.",
    )


def _marks_first(found: list[TopicFacts]) -> Problem:
    names = " and ".join(topic.name for topic in found)
    return Problem("Reconciling", f"To do: mark {names} in Kafka as this resource's own, before anything else.")


def _more_partitions(wanted: WantedTopic, present: TopicFacts) -> Problem:
    found = counted_noun(present.partitions, "partition")
    return Problem(
        "MorePartitions",
        f"Topic {wanted.name} has {found}, the spec says {wanted.partitions}; Kafka cannot"
        f" shrink a topic, so set partitions to {present.partitions}.",
    )


def _replication_differs(wanted: WantedTopic, present: TopicFacts) -> Problem:
    return Problem(
        "ReplicationFactorDiffers",
        f"Topic {wanted.name} has replication factor {present.replication_factor}, the spec says"
        f" {wanted.replication_factor}; move its replicas with kafka-reassign-partitions.",
    )
