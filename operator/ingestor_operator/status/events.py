"""What a person should see on the object: what was done, and conditions that turned."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ingestor_operator.act.outcome import SCALED, Outcome, scaled_sentence
from ingestor_operator.model.status import Condition, ConditionType, Status
from ingestor_operator.plan.deletion import FINALIZER_REFUSED
from ingestor_operator.plan.problem import OBJECT_TERMINATES, Problem
from ingestor_operator.status.topic import recreated

_NEWS_AT_ONCE = {
    "TopicClaimed",
    "TopicCompacted",
    "TopicDiffers",
    "TopicUnmarked",
    FINALIZER_REFUSED,
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
    "RolloutPaused",
}
"""Reasons that a person has to act on."""
_QUIET = {"Reconciling", "ClaimPending", "Migrating", "RollingOut", "NotCreated", "PodsNotReady"}
"""Reasons that pass by themselves."""
_CHOSEN = {"Pinned", "AutoscalingDisabled"}
"""Reasons of a number of consumers that somebody chose."""
_AS_MEANT = _CHOSEN | {"WaitsForMigration", "LagUncommitted"}
"""Reasons for a condition to be False that somebody chose, or that are the way things go."""
_REFUSALS = (
    "Forbidden",
    "ApplyFailed",
    "FieldImmutable",
    "ReadFailed",
    "KubernetesUnreachable",
    "NameTaken",
    "KindUnknown",
    OBJECT_TERMINATES,
)
RECOVERED = "Recovered"
MIGRATED = "Migrated"


@dataclass(frozen=True)
class Notice:
    """One event to record."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


def notices(before: Status, after: Status, outcome: Outcome) -> list[Notice]:
    """The events of one reconcile, each thing told once: nothing turned, nothing done, nothing told."""
    told = [Notice("Normal", item.reason, item.message) for item in outcome.done]
    if outcome.late:
        told.append(Notice("Normal", SCALED, scaled_sentence(outcome.late)))
    told += [Notice("Warning", item.reason, item.message) for item in outcome.warnings]
    if message := recreated(before.topic, after.topic):
        told.append(Notice("Warning", "TopicRecreated", message))
    if after.migration and after.migration != before.migration:
        told.append(Notice("Normal", MIGRATED, f"Job {after.migration.job} has migrated the database."))
    told += [notice for condition in after.conditions if (notice := _turn(condition, before))]
    # Of what keeps a part from being ready Ready may say the same.
    return list(dict.fromkeys(told))


def warning(problem: Problem) -> Notice:
    """A problem as an event."""
    return Notice("Warning", problem.reason, problem.message)


def unfinished_warnings(before: Status, conditions: Iterable[Condition]) -> dict[str, str]:
    """Reasons that conditions have warned of, by type, where they now give one that passes by itself.

    Such a state may lie between a problem and its end, which is told all the same. Where somebody has chosen the number
    of consumers, the end of what kept it from being scaled is no news any more.
    """
    passing = [
        item for item in conditions if item.status != "True" and item.reason not in _CHOSEN and not _is_problem(item)
    ]
    return {item.type: reason for item in passing if (reason := _warned(before, item.type))}


def _warned(before: Status, kind: ConditionType) -> str | None:
    """What the condition has warned of, and whose end has not been told."""
    last = before.condition(kind)
    return last.reason if last and _is_problem(last) else (before.warned or {}).get(kind)


def _over(reason: str, condition: Condition) -> str:
    if condition.type == "ScalingActive":
        # What it says now may be why the number stays as it is.
        return f"{reason} no longer keeps the consumers from being scaled."
    return f"{reason} is over: {condition.message}"


def _turn(condition: Condition, before: Status) -> Notice | None:
    """The event of a condition that is not as it was last; what comes back after a problem is no deed anew."""
    last = before.condition(condition.type)
    if last and (last.status, last.reason) == (condition.status, condition.reason):
        return None
    if not _worth_telling(condition, last):
        return None
    reason = _warned(before, condition.type)
    if reason and condition.status == "True" and not _is_problem(condition):
        return Notice("Normal", RECOVERED, _over(reason, condition))
    if last and last.reason in _QUIET and condition.type != "Ready" and not _is_problem(condition):
        # Its begin was not told either; what was done is an event of its own.
        return None
    # The migration itself is told when it is made.
    return None if condition.reason == MIGRATED else _notice(condition)


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
    return Notice("Warning" if _is_problem(condition) else "Normal", condition.reason, condition.message)


def _is_problem(condition: Condition) -> bool:
    """Whether a person may have to act; not what passes by itself, is meant, or is not told."""
    if condition.type == "ScalingLimited" or condition.status == "Unknown":
        return False
    if condition.reason in _NEWS_AT_ONCE:
        return True
    return condition.status == "False" and condition.reason not in _AS_MEANT | _QUIET
