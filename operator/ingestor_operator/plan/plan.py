"""The plan for one resource: who has the topics, what is done to them, how many consumers there should be."""

from dataclasses import dataclass

from ingestor_operator.kafka.facts import KafkaFacts
from ingestor_operator.kubernetes.difference import terminating
from ingestor_operator.observe.answers import consumers_outage
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.claims import claim_problem
from ingestor_operator.plan.ownership import YIELDS, released_marks
from ingestor_operator.plan.problem import Problem
from ingestor_operator.plan.scaling import scaling_observation, scaling_spec
from ingestor_operator.plan.topics import TopicPlan, plan_topics
from ingestor_operator.scaling import Decision, ScalingState, decide
from ingestor_operator.scaling import Observation as GroupObservation


@dataclass(frozen=True)
class Plan:
    """What to do; with a claim problem, nothing but to write owner marks."""

    claim: Problem | None
    """Why nothing may be created or changed: others have the topics or the group, or they cannot be used yet."""
    topics: TopicPlan
    group: GroupObservation
    """The consumer group as the scaling sees it."""
    decision: Decision | None
    """How many consumers there should be; None while there is no Deployment to scale."""

    @property
    def yields(self) -> bool:
        """Whether the topics or the group are left to others."""
        return self.claim is not None and self.claim.reason in YIELDS


def make_plan(observation: Observation, state: ScalingState) -> tuple[Plan, ScalingState]:
    """The plan, and what the scaling remembers for the next one."""
    resource = observation.resource
    deployment = observation.deployment("consumer")
    outage = consumers_outage(observation.answers.values())
    group = scaling_observation(resource, observation.kafka, deployment, observation.now, outage)
    claim = claim_problem(resource, observation.neighbours, observation.kafka)
    if claim:
        facts = observation.kafka if isinstance(observation.kafka, KafkaFacts) else KafkaFacts()
        marks = released_marks(resource, facts, observation.neighbours)
        return Plan(claim, TopicPlan(marks=marks), group, None), state
    topics = TopicPlan()
    if isinstance(observation.kafka, KafkaFacts):
        topics = plan_topics(resource, observation.kafka, group, observation.neighbours, observation.now)
    if topics.refusal:
        return Plan(topics.refusal, topics, group, None), state
    decision = None
    if deployment and not terminating(deployment, is_wanted=True):
        decision, state = decide(scaling_spec(resource), group, state)
    return Plan(None, topics, group, decision), state
