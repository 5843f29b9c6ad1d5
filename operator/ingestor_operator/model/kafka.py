"""spec.kafka: where Kafka is, and which topics and group the deployment owns there."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from ingestor_common.network_addresses import BROKERS, parse_brokers
from ingestor_common.topic_names import LONGEST, TOPIC
from ingestor_operator.model.references import CaSecretRef, ClientSecretRef, SaslSecretRef
from ingestor_operator.model.schema import Model, immutable, rules, unless_unchanged

TopicName = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=TOPIC)]
TopicConfig = Annotated[dict[str, str], Field(max_length=64)]
# A lower number is taken and reported: a rollback or a reverted commit says it too, and everything else in it counts.
Partitions = Annotated[int, Field(ge=1, le=1000)]
CONFIG_RULES = rules(
    (
        "!has(self.config) || !('retention.ms' in self.config)",
        "set retentionHours instead of config['retention.ms']",
    ),
    (
        "!has(self.config) || !('cleanup.policy' in self.config) || self.config['cleanup.policy'] == 'delete'",
        "config['cleanup.policy'] must be delete: compaction would keep one event of each session",
    ),
)
DeletionPolicy = Literal["Retain", "Delete"]


class Tls(Model):
    """TLS towards the brokers; an empty object uses the system's certificate authorities."""

    ca_secret_ref: CaSecretRef | None = None
    """Certificate authority to trust instead of the system's."""
    client_secret_ref: ClientSecretRef | None = None
    """Client certificate, for brokers that ask for one."""


class Sasl(Model):
    """SASL authentication towards the brokers."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """SASL mechanism."""
    username: Annotated[str, Field(min_length=1, max_length=253)] | None = None
    """User name, where the Secret holds only the password (as Strimzi's do)."""
    secret_ref: SaslSecretRef
    """Secret with the credentials."""


class Topic(Model):
    """The topic that carries the events."""

    model_config = ConfigDict(json_schema_extra=CONFIG_RULES)

    name: TopicName = Field(default="quiz-events", json_schema_extra=immutable("the topic's name"))
    """Name of the topic; cannot be changed."""
    partitions: Partitions = 3
    """Number of partitions, and so the most consumers that work; Kafka only adds some, so a lower one is reported."""
    replication_factor: Annotated[int, Field(ge=1, le=10)] = Field(
        default=1, json_schema_extra=immutable("replicationFactor")
    )
    """Copies of each partition; cannot be changed. Production: 3."""
    retention_hours: Annotated[int, Field(ge=1, le=87600)] = 168
    """Hours that records are kept."""
    config: TopicConfig = Field(default_factory=dict)
    """Further topic configuration by its Kafka name, such as min.insync.replicas."""
    deletion_policy: DeletionPolicy = "Retain"
    """What becomes of the topics when the IngestorDeployment is deleted."""


class DeadLetterTopic(Model):
    """The topic that receives what cannot be stored; replicated and deleted as the main topic is."""

    model_config = ConfigDict(json_schema_extra=CONFIG_RULES)

    name: TopicName = Field(default="quiz-events.dlq", json_schema_extra=immutable("the dead-letter topic's name"))
    """Name of the topic; cannot be changed."""
    partitions: Partitions = 1
    """Number of partitions; Kafka only adds some, so a lower one is reported."""
    retention_hours: Annotated[int, Field(ge=1, le=87600)] = 720
    """Hours that dead letters are kept."""
    config: TopicConfig = Field(default_factory=dict)
    """Further topic configuration by its Kafka name; min.insync.replicas is the topic's where it is not given here."""


_BROKER_RULES: Final = [
    unless_unchanged(
        "!self.contains('://')",
        "write brokers as host:port, without SASL_SSL:// or another scheme; tls and sasl say how to connect",
    ),
    unless_unchanged(
        f"self.contains('://') || self.matches(r'{BROKERS}')",
        "must have the form host:port, separated by commas, such as kafka-0:9092,kafka-1:9092; a port is a number from"
        " 1 to 65535, an IPv6 address stands in brackets, such as [::1]:9092",
    ),
]
"""The services take a scheme, and no port for 9092; a person who writes them has most likely meant something else."""


class Kafka(Model):
    """The Kafka cluster and what is owned there."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "self.consumerGroup != 'ingestor-operator'",
                "consumerGroup must not be ingestor-operator: the operator's owner marks are in that group",
            ),
            (
                "self.deadLetterTopic.name != self.topic.name",
                "deadLetterTopic.name must differ from topic.name: dead letters would be consumed as events",
            ),
        )
    )

    bootstrap_servers: Annotated[
        str,
        Field(min_length=1, max_length=2048, json_schema_extra={"x-kubernetes-validations": _BROKER_RULES}),
        AfterValidator(parse_brokers),
    ]
    """Brokers to connect to first: host:port, separated by commas, without a scheme: `tls` and `sasl` say how."""
    tls: Tls | None = None
    """TLS; absent means plain text."""
    sasl: Sasl | None = None
    """SASL; absent means no authentication (or by client certificate)."""
    consumer_group: Annotated[str, Field(min_length=1, max_length=249)] = Field(
        default="analytics-event-processors", json_schema_extra=immutable("consumerGroup")
    )
    """Group of the consumers; cannot be changed, for its offsets would be lost."""
    topic: Topic = Field(default_factory=Topic)
    """The topic that carries the events."""
    dead_letter_topic: DeadLetterTopic = Field(default_factory=DeadLetterTopic)
    """The topic that receives what cannot be stored."""
