"""What a person should see on the object: what was done, and conditions that turned."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.model.status import Condition, Status
from ingestor_operator.plan.problem import Problem
from ingestor_operator.status.topic import recreated

_NEWS_AT_ONCE = {
    "TopicClaimed",
    "TopicCompacted",
    "TopicDiffers",
    "TopicUnmarked",
    "GroupClaimed",
    "KafkaUnreachable",
    "KafkaLoginRefused",
    "KafkaTlsFailed",
    "KafkaCredentialsMissing",
    "KafkaSettingsInvalid",
    "KafkaRefused",
    "SecretMissing",
    "DatabaseShared",
    "PartitionIncreaseWaits",
    "MorePartitions",
    "ReplicationFactorDiffers",
}
"""Reasons that a person has to act on."""
_QUIET = {"Reconciling", "Migrating", "RollingOut", "NotCreated", "PodsNotReady"}
"""Reasons that pass by themselves."""
_AS_MEANT = {"Pinned", "AutoscalingDisabled", "WaitsForMigration", "LagUncommitted"}
"""Reasons for a condition to be False that somebody chose, or that are the way things go."""
_REFUSALS = ("Forbidden", "ApplyFailed", "NameTaken", "KindUnknown")


@dataclass(frozen=True)
class Notice:
    """One event to record."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


def notices(before: Status, after: Status, outcome: Outcome) -> list[Notice]:
    """The events of one reconcile, each thing told once: nothing turned, nothing done, nothing told."""
    told = [Notice("Normal", item.reason, item.message) for item in outcome.done]
    told += [Notice("Warning", item.reason, item.message) for item in outcome.warnings]
    if message := recreated(before.topic, after.topic):
        told.append(Notice("Warning", "TopicRecreated", message))
    told += [_notice(turned) for turned in _turned(before, after)]
    return told


def warning(problem: Problem) -> Notice:
    """A problem as an event."""
    return Notice("Warning", problem.reason, problem.message)


def _turned(before: Status, after: Status) -> Iterator[Condition]:
    for condition in after.conditions:
        last = before.condition(condition.type)
        if last and (last.status, last.reason) == (condition.status, condition.reason):
            continue
        if _worth_telling(condition, last):
            yield condition


def _worth_telling(condition: Condition, last: Condition | None) -> bool:
    match condition.type:
        case "Ready":
            # Another condition tells why it is not ready, unless the reason is that an object was refused.
            return condition.status == "True" or condition.reason in _REFUSALS
        case "ScalingActive" | "ScalingLimited":
            return last is not None and last.status != "Unknown" and last.status != condition.status
        case _ if condition.reason in _QUIET:
            return False
        case _:
            # The first steps after creation are no news: everything is missing then.
            return last is not None or condition.reason in _NEWS_AT_ONCE


def _notice(condition: Condition) -> Notice:
    good = condition.status == "True" and condition.reason not in _NEWS_AT_ONCE
    normal = good or condition.type == "ScalingLimited" or condition.reason in _AS_MEANT
    return Notice("Normal" if normal else "Warning", condition.reason, condition.message)
