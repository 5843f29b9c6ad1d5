"""A scale that was made while its answer was lost is told once it is seen."""

from dataclasses import replace
from typing import Any

import pytest
from httpx2 import HTTPError
from unit.ingestor_operator.refusals import broken, refusal, timed_out

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.manifests.manifest import Release
from ingestor_operator.metrics import Metrics
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.status import DecisionRecord, Status
from ingestor_operator.plan.plan import Plan
from ingestor_operator.plan.scaling import scaling_spec
from ingestor_operator.plan.topics import TopicPlan
from ingestor_operator.reconcile import Reconciler
from ingestor_operator.scaling import Observation, ScalingState, decide
from ingestor_operator.status.events import notices
from ingestor_operator.status.scaling import decisions

LOST = [broken("PATCH", "deployments/quiz-consumer/scale"), timed_out("PATCH", "deployments/quiz-consumer/scale")]


class Scaled(Cluster):
    """One Deployment whose number is written, though the answer to that may be an error."""

    def __init__(self, error: HTTPError | None, *, writes: bool) -> None:
        self.error, self.writes, self.replicas = error, writes, 1

    async def scale_deployment(self, namespace: str, name: str, replicas: int) -> None:
        if self.writes or self.error is None:
            self.replicas = replicas
        if self.error:
            raise self.error


async def told_by(cluster: Scaled, resource: Resource, looks: int = 3) -> tuple[list[str], list[DecisionRecord]]:
    """The events Scaled and the decisions of some looks, of which only the first may be answered by an error."""
    reconciler = Reconciler(cluster, KafkaClients(), Metrics("0"), Release("a", "c"), "*")
    events: list[str] = []
    kept: list[DecisionRecord] = []
    for number in range(looks):
        seen = Observation(time=1e9 + 10 * number, replicas=cluster.replicas, ready=cluster.replicas)
        decision, _ = decide(scaling_spec(resource), seen, ScalingState())
        outcome: Outcome = await reconciler._scale(resource, Plan(None, TopicPlan(), seen, decision), None)
        events += [one.message for one in notices(Status(), Status(), outcome) if one.reason == "Scaled"]
        kept = decisions(kept, decision, scaled=outcome.scaled, late=outcome.late)
        cluster.error = None
    return events, kept


@pytest.mark.parametrize("error", [None, *LOST])
@pytest.mark.parametrize("writes", [True, False])
async def test_each_move_that_was_made_is_told_once(make_resource: Any, error: HTTPError | None, writes: bool) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"min": 2}})
    events, kept = await told_by(Scaled(error, writes=writes), resource)
    assert events == ["Scaled the consumers from 1 to 2: 1 consumer is fewer than the minimum of 2."]
    moves = [record for record in kept if record["replicas"] != record["current"]]
    assert [(record["current"], record["replicas"], record.get("taken", True)) for record in moves] == [(1, 2, True)]


async def test_a_move_that_was_refused_is_not_the_operators_when_somebody_else_makes_it(make_resource: Any) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"min": 2}})
    events, _ = await told_by(Scaled(refusal(403, "a change freeze is on"), writes=True), resource)
    assert events == []


def test_another_move_after_a_late_one_is_one_more(make_resource: Any) -> None:
    made = []
    for least, current in ((2, 1), (3, 2)):
        spec = replace(scaling_spec(make_resource()), minimum=least)
        made.append(decide(spec, Observation(time=1e9, replicas=current, ready=current), ScalingState())[0])
    kept = decisions(decisions([], made[0], scaled=False), made[1], scaled=False, late=made[0])
    assert [(record["replicas"], record.get("taken", True)) for record in kept] == [(3, False), (2, True)]
