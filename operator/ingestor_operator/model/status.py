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
        description="When, why and from which inputs the number of consumers was chosen; the inputs are of that time.",
        json_schema_extra={"x-kubernetes-preserve-unknown-fields": True},
    ),
]
ScalingMemory = Annotated[
    dict[str, Any],
    Field(
        description="What a restarted operator needs: one consumer's rate, a failed scale-up, the replicas last seen.",
        json_schema_extra={"x-kubernetes-preserve-unknown-fields": True},
    ),
]
LagState = Literal["Known", "Uncommitted", "Unknown"]
UNKNOWN_LAG = "unknown"


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
    id: str | None = None
    """Kafka's id of the topic; another one means that it was deleted and created again. Absent until it is known."""
    partitions: int | None = None
    """Number of partitions; absent where the topic is another resource's."""
    made: bool | None = None
    """Whether it was made for this resource; a topic that was found is used as it is."""
    adopted: bool | None = None
    """Whether the annotation ingestor.dev/adopt-topic has been used for it: it takes a topic over once."""
    increase_waits_since: str | None = None
    """Since when more partitions are wanted and records wait."""
    bootstrap_servers: str | None = None
    """By which brokers it was reached."""


class MigrationStatus(Model):
    """The migration that the database has had."""

    job: str
    """Name of the Job that completed; it need not exist any more."""
    completed_at: str
    """When it did."""


class APIStatus(Model):
    """The API as it runs, and where it is."""

    image: str | None = None
    """Image that its Deployment runs."""
    replicas: int = 0
    """API pods that exist."""
    ready: int = 0
    """API pods that are ready."""
    address: str | None = None
    """host:port of its Service within the cluster."""
    node_port: int | None = None
    """Port on every node, where the Service has one."""
    load_balancer: list[str] = Field(default_factory=list)
    """host:port at the load balancer, once the cluster has made one."""


class ConsumerStatus(Model):
    """The consumers and their backlog."""

    image: str | None = None
    """Image that their Deployment runs."""
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
    release: str | None = None
    """Version of the operator that wrote this."""
    paused: bool = False
    """Whether spec.paused was seen: the rest is of the moment before."""
    warned: dict[str, str] | None = None
    """What a condition has warned of, by its type, while it says what passes by itself: the end is still to be told."""
    pinned: int | None = None
    """Number of consumers that kubectl scale has set; absent while nothing is pinned."""
    lag: str | None = None
    """Records not yet stored, or the word unknown; consumer.lag is the number."""
    topic: TopicStatus | None = None
    """The topic as Kafka has it."""
    dead_letter_topic: TopicStatus | None = None
    """The dead-letter topic as Kafka has it."""
    migration: MigrationStatus | None = None
    """The migration that the database has had last."""
    api: APIStatus | None = None
    """The API as it runs, and where it is."""
    consumer: ConsumerStatus | None = None
    """The consumers and their backlog."""
    decisions: list[DecisionRecord] = Field(default_factory=list)
    """The last five decisions about the number of consumers, newest first, each with its time."""
    scaling: ScalingMemory | None = None
    """What a restarted operator needs: one consumer's rate, a failed scale-up, the replicas last seen."""
    plan: list[str] = Field(default_factory=list)
    """What would be done next (mode Observe), one sentence each."""
    replicas: int | None = None
    """Consumer pods that exist, for the scale subresource."""
    selector: str | None = None
    """Label selector of the consumer pods, for the scale subresource."""

    def unwatched(self) -> "Status":
        """The status without numbers that only hold while somebody looks."""
        consumer = self.consumer and self.consumer.model_copy(
            update={"lag": None, "lag_seconds": None, "lag_state": "Unknown"}
        )
        return self.model_copy(update={"consumer": consumer, "lag": UNKNOWN_LAG})

    @property
    def is_ready(self) -> bool:
        """Whether everything is."""
        ready = self.condition("Ready")
        return ready is not None and ready.status == "True"

    def condition(self, kind: ConditionType) -> Condition | None:
        """The condition of that type, if it was ever set."""
        return next((condition for condition in self.conditions if condition.type == kind), None)
