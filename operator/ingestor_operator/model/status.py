"""The status: what the operator saw, decided and could not do."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ingestor_operator.model.schema import Model

ConditionType = Literal[
    "Ready", "TopicReady", "DatabaseReady", "APIReady", "ConsumerReady", "ScalingActive", "ScalingLimited"
]
ConditionStatus = Literal["True", "False", "Unknown"]
DecisionRecord = Annotated[
    dict[str, Any],
    Field(
        description="When, why and from which inputs the number of consumers was chosen.",
        json_schema_extra={"x-kubernetes-preserve-unknown-fields": True},
    ),
]
LagState = Literal["Known", "Uncommitted", "Unknown"]


class Condition(Model):
    """One condition, in the form of metav1.Condition."""

    type: ConditionType
    """Which aspect."""
    status: ConditionStatus
    """Whether it holds."""
    reason: str
    """One word, for programs."""
    message: str
    """A sentence, for people."""
    observed_generation: int
    """Generation of the spec it was judged for."""
    last_transition_time: str
    """When status last changed."""


class TopicStatus(Model):
    """The topic as Kafka has it."""

    name: str
    """Name of the topic."""
    id: str
    """Kafka's id of the topic; another id means that it was deleted and created again."""
    partitions: int
    """Number of partitions."""


class ConsumerStatus(Model):
    """The consumers and their backlog."""

    replicas: int
    """Consumer pods that exist."""
    ready: int
    """Consumer pods that are ready."""
    desired: int
    """Consumers that should run."""
    lag: int | None = None
    """Records not yet stored; absent while it is not known."""
    lag_seconds: float | None = None
    """Seconds that the backlog takes to drain at the rate learned."""
    lag_state: LagState
    """Known, Uncommitted (the group has committed nothing yet) or Unknown (Kafka does not say)."""
    rate_per_replica: float | None = None
    """Records per second that one consumer stores, as learned."""


class Status(Model):
    """Written by the operator alone."""

    observed_generation: int | None = None
    """Generation of the spec that the status describes."""
    conditions: list[Condition] = Field(
        default_factory=list,
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    )
    """Ready and the conditions it is made of."""
    topic: TopicStatus | None = None
    """The topic as Kafka has it."""
    consumer: ConsumerStatus | None = None
    """The consumers and their backlog."""
    decisions: list[DecisionRecord] = Field(default_factory=list)
    """The last five decisions about the number of consumers, newest first."""
    plan: list[str] = Field(default_factory=list)
    """What would be done next (mode Observe), one sentence each."""
    replicas: int | None = None
    """Consumer pods that exist, for the scale subresource."""
    selector: str | None = None
    """Label selector of the consumer pods, for the scale subresource."""

    @property
    def is_ready(self) -> bool:
        """Whether everything is."""
        ready = self.condition("Ready")
        return ready is not None and ready.status == "True"

    def condition(self, kind: ConditionType) -> Condition | None:
        """The condition of that type, if it was ever set."""
        return next((condition for condition in self.conditions if condition.type == kind), None)
