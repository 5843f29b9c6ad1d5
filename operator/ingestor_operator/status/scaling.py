"""The ScalingActive and ScalingLimited conditions, status.consumer and the decisions."""

import msgspec

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.status import ConsumerStatus, DecisionRecord
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.plan import Plan
from ingestor_operator.scaling import Decision, Direction, Reason, dump_decision
from ingestor_operator.status.api import deployed_image
from ingestor_operator.status.verdict import Verdict

KEPT_DECISIONS = 5
_RESTING = {
    Reason.PINNED,
    Reason.AUTOSCALING_DISABLED,
    Reason.DATABASE_UNREACHABLE,
    Reason.FOREIGN_MEMBERS,
    Reason.LAG_UNKNOWN,
    Reason.LAG_UNCOMMITTED,
}
"""Reasons for which the load does not decide."""


def active_verdict(decision: Decision | None, resource: Resource) -> Verdict:
    """Whether the load decides how many consumers there are."""
    if decision is None:
        return Verdict("Unknown", "NoConsumers", "There is no consumer Deployment to scale yet.")
    message = decision.message
    pin, partitions = resource.spec.consumer.replicas.pin, resource.spec.kafka.topic.partitions
    if decision.reason is Reason.PINNED and pin is not None and pin > partitions:
        asked = counted_noun(pin, "consumer")
        message = (
            f"kubectl scale has asked for {asked}, the spec for {counted_noun(partitions, 'partition')}. {message}"
        )
    return Verdict("False" if decision.reason in _RESTING else "True", decision.reason, message)


def limited_verdict(decision: Decision | None) -> Verdict:
    """Whether a bound keeps the number of consumers from what the load asks for."""
    if decision is None:
        return Verdict("Unknown", "NoConsumers", "There is no consumer Deployment to scale yet.")
    inputs = decision.inputs
    if not decision.limited or inputs.wanted is None:
        return Verdict("False", "WithinBounds", "The number of consumers is within its bounds.")
    message = (
        f"The load asks for {counted_noun(inputs.wanted, 'consumer')}; {inputs.minimum} to {inputs.maximum} are"
        f" allowed, and no more than the topic has partitions ({inputs.partitions})."
    )
    return Verdict("True", "Bounded", message)


def consumer_status(observation: Observation, plan: Plan) -> ConsumerStatus:
    """The consumers and their backlog."""
    deployment = observation.deployment("consumer")
    status = (deployment or {}).get("status") or {}
    inputs = plan.decision.inputs if plan.decision else None
    return ConsumerStatus(
        image=deployed_image(deployment, "consumer"),
        replicas=status.get("replicas", 0),
        ready=status.get("readyReplicas", 0),
        desired=_desired(observation, plan),
        lag=plan.group.lag,
        lag_seconds=_rounded(inputs.lag_seconds if inputs else None),
        lag_state=plan.group.lag_state.value,
        rate_per_replica=_rounded(inputs.rate_per_replica if inputs else None),
    )


def _desired(observation: Observation, plan: Plan) -> int:
    """The decided number; that of before while there is no Deployment, for it is what the next one is to have."""
    if plan.decision:
        return plan.decision.replicas
    if deployment := observation.deployment("consumer"):
        replicas: int = deployment["spec"].get("replicas", 0)
        return replicas
    last = observation.resource.status.consumer
    return last.desired if last else 0


def decisions(
    previous: list[DecisionRecord], decision: Decision | None, *, scaled: bool, late: Decision | None = None
) -> list[DecisionRecord]:
    """The last decisions, newest first: at most one that changed nothing, at the front, so that moves stay to be seen.

    `scaled` tells whether the decided move was made, `late` is one of before that is only now known
    to be. The same decision again is not another one.
    """
    if decision is None:
        return previous
    if late is not None:
        previous = previous[1:] if previous and _changed_nothing(previous[0]) else previous
        previous = [dump_decision(late), *previous][:KEPT_DECISIONS]
    record = dump_decision(msgspec.structs.replace(decision, taken=scaled or not decision.changes))
    if previous and _changed_nothing(previous[0]):
        if _changed_nothing(record) and _gist(record) == _gist(previous[0]):
            return previous
        previous = previous[1:]
    return [record, *previous][:KEPT_DECISIONS]


def _changed_nothing(record: DecisionRecord) -> bool:
    return record.get("direction") == Direction.HOLD or record.get("taken") is False


def _gist(record: DecisionRecord) -> tuple[object, ...]:
    """What of a decision that changed nothing makes it another one."""
    if record.get("direction") == Direction.HOLD:
        return (Direction.HOLD, record.get("reason"))
    return (record.get("direction"), record.get("reason"), record.get("current"), record.get("replicas"))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
