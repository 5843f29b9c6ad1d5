"""The whole status, from what was seen, planned and done."""

from dataclasses import replace
from datetime import datetime

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.manifests.manifest import selector
from ingestor_operator.model.status import UNKNOWN_LAG, Condition, ConditionType, Status
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.plan import Plan
from ingestor_operator.plan.problem import OBJECT_TERMINATES, Problem
from ingestor_operator.status.api import api_status
from ingestor_operator.status.claim import held_up
from ingestor_operator.status.database import database_verdict, migration_status
from ingestor_operator.status.events import unfinished_warnings
from ingestor_operator.status.scaling import active_verdict, consumer_status, decisions, limited_verdict
from ingestor_operator.status.topic import topic_status, topic_verdict
from ingestor_operator.status.verdict import Verdict, Verdicts, condition
from ingestor_operator.status.workload import workload_verdict

_READY: tuple[ConditionType, ...] = ("TopicReady", "DatabaseReady", "APIReady", "ConsumerReady")


def make_status(
    observation: Observation,
    plan: Plan,
    changes: Changes,
    outcome: Outcome,
    release: str = "",
    memory: dict[str, object] | None = None,
) -> Status:
    """The status to write; equal to the last one where nothing is new. `release` is the operator's version.

    `memory` is what a restarted operator is to know of the scaling.
    """
    resource = observation.resource
    if plan.claim:
        # No migration is made that an image could wait for.
        changes = replace(changes, waiting=(), waiting_secrets=(), later=(), terminating=())
    verdicts: Verdicts = {
        "TopicReady": topic_verdict(observation, plan, outcome),
        "DatabaseReady": database_verdict(observation, changes),
        "APIReady": workload_verdict(observation, changes, outcome, "api"),
        "ConsumerReady": workload_verdict(observation, changes, outcome, "consumer"),
        "ScalingActive": active_verdict(plan.decision, resource),
        "ScalingLimited": limited_verdict(plan.decision),
    }
    if plan.claim:
        verdicts |= held_up(observation, changes, plan.claim)
    todo = planned(plan, changes) if resource.spec.mode == "Observe" else []
    ready: Verdicts = {"Ready": _ready(verdicts, outcome, observation, todo, changes)}
    consumer = consumer_status(observation, plan)
    conditions = _conditions(observation, ready | verdicts)
    status = Status(
        observed_generation=resource.generation,
        conditions=conditions,
        warned=unfinished_warnings(resource.status, conditions) or None,
        release=release or None,
        pinned=resource.spec.consumer.replicas.pin,
        lag=UNKNOWN_LAG if consumer.lag is None else str(consumer.lag),
        topic=topic_status(observation, plan, outcome, resource.spec.kafka.topic.name),
        dead_letter_topic=topic_status(observation, plan, outcome, resource.spec.kafka.dead_letter_topic.name),
        migration=migration_status(observation, changes),
        api=api_status(observation),
        consumer=consumer,
        decisions=decisions(resource.status.decisions, plan.decision, scaled=outcome.scaled, late=outcome.late),
        scaling=memory,
        plan=todo,
        replicas=consumer.replicas,
        selector=",".join(f"{key}={value}" for key, value in selector(resource, "consumer").items()),
    )
    # Of what is somebody else's no number is this resource's.
    return status.unwatched() if plan.yields else status


def planned(plan: Plan, changes: Changes) -> list[str]:
    """What would be done, one sentence each."""
    if plan.claim:
        return []
    steps = [str(action) for action in plan.topics.actions] + changes.sentences
    if plan.decision and plan.decision.changes:
        decision = plan.decision
        steps.append(f"scale the consumers from {decision.current} to {decision.replicas}: {decision.message}")
    return steps


def _ready(
    verdicts: Verdicts, outcome: Outcome, observation: Observation, todo: list[str], changes: Changes
) -> Verdict:
    if observation.resource.spec.mode == "Observe":
        steps = counted_noun(len(todo), "step is", "steps are")
        message = f"The mode is Observe: {steps} planned in status.plan, and none is taken."
        return Verdict("Unknown", "Observing", message)
    if outcome.failures:
        messages = " ".join(failure.message for failure in outcome.failures)
        return Verdict("False", outcome.failures[0].reason, messages)
    if waits := [str(item) for item in changes.terminating if item.is_wanted]:
        return Verdict("False", OBJECT_TERMINATES, " ".join(waits))
    for kind in _READY:
        if not verdicts[kind].holds:
            return Verdict("False", verdicts[kind].reason, verdicts[kind].message)
    leftovers = [str(item) for item in changes.terminating]
    message = " ".join(["Topics, database, API and consumers are ready.", *leftovers])
    return Verdict("True", "AllReady", message)


def _conditions(observation: Observation, verdicts: Verdicts) -> list[Condition]:
    resource = observation.resource
    return [
        condition(kind, verdict, resource.status.condition(kind), resource.generation, observation.now)
        for kind, verdict in verdicts.items()
    ]


def failed_status(last: Status, generation: int, problem: Problem, now: datetime) -> Status:
    """The last status with another word about Ready, and without numbers: the rest could not be looked at."""
    return _not_ready(last.unwatched(), last, generation, problem, now)


def waiting_status(status: Status, last: Status, problem: Problem, now: datetime) -> Status:
    """The status of a resource that waits for its end: Ready says for what. `last` is the one before it."""
    return _not_ready(status, last, status.observed_generation or 1, problem, now)


def _not_ready(status: Status, last: Status, generation: int, problem: Problem, now: datetime) -> Status:
    verdict = Verdict("False", problem.reason, problem.message)
    ready = condition("Ready", verdict, last.condition("Ready"), generation, now)
    others = [item for item in status.conditions if item.type != "Ready"]
    return status.model_copy(update={"conditions": [ready, *others]})


def paused_status(last: Status) -> Status:
    """The last status, as one of the past: nobody looks while the resource is paused."""
    return last.unwatched().model_copy(update={"paused": True})
