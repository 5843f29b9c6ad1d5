"""The configuration of a single Kafka node that is broker and controller in one (KRaft combined mode)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_NODE_ID = "1"
ADMIN = "admin"


@dataclass(frozen=True)
class KafkaConfig:
    """What a caller decides about an embedded Kafka node.

    `port` is the clients' and `controller_port` the node's own; both on 127.0.0.1. With `scram_users` (name
    to password; `admin` must be one of them and may do everything) clients have to log in with SCRAM-SHA-512 and
    to be allowed by ACLs; the users are made when the data folder is formatted. `extra` are server properties
    that win over the ones here.
    """

    data_dir: Path
    port: int
    controller_port: int
    jmx_port: int | None = None
    scram_users: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    heap_mib: int = 384

    def __post_init__(self) -> None:
        if self.scram_users and ADMIN not in self.scram_users:
            raise ValueError(f"scram_users needs a user {ADMIN!r}: the node itself logs in as that user")

    @property
    def bootstrap(self) -> str:
        """The address for clients (`bootstrap.servers`)."""
        return f"127.0.0.1:{self.port}"

    @property
    def ports(self) -> dict[str, int]:
        """The ports the node listens on, each under what it is for."""
        listening = {"clients": self.port, "the controller": self.controller_port}
        return listening | ({"JMX": self.jmx_port} if self.jmx_port else {})


def server_properties(config: KafkaConfig) -> dict[str, str]:
    """All properties of the node, by name."""
    security = _scram(config) if config.scram_users else {}
    return _node(config) | _SINGLE_NODE | _QUICK | security | dict(config.extra)


def render(properties: Mapping[str, str]) -> str:
    """The text of a Java properties file."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in properties.items())


def _node(config: KafkaConfig) -> dict[str, str]:
    protocol = "SASL_PLAINTEXT" if config.scram_users else "PLAINTEXT"
    controller = f"127.0.0.1:{config.controller_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": _NODE_ID,
        "controller.quorum.voters": f"{_NODE_ID}@{controller}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENTS",
        "listeners": f"CLIENTS://{config.bootstrap},CONTROLLER://{controller}",
        "advertised.listeners": f"CLIENTS://{config.bootstrap}",
        "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,CLIENTS:{protocol}",
        "log.dirs": str(config.data_dir / "logs"),
    }


# Replication cannot be more than the one node there is; few partitions keep starts and group joins short.
_SINGLE_NODE = {
    "auto.create.topics.enable": "false",
    "num.partitions": "1",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
}

_QUICK = {
    "group.initial.rebalance.delay.ms": "0",
    # After a kill the node may register again only once its old session has ended: 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
    # A member that was killed frees its partitions after its session, by either group protocol; the defaults
    # forbid clients to ask for less than 6 s, and give the new protocol 45 s.
    "group.min.session.timeout.ms": "1000",
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.session.timeout.ms": "6000",
    "group.consumer.min.heartbeat.interval.ms": "500",
    "group.consumer.heartbeat.interval.ms": "1000",
    # Preallocated index files and segments add up over many small topics.
    "log.segment.bytes": str(64 * 1024 * 1024),
    "log.index.size.max.bytes": str(1024 * 1024),
}


def _scram(config: KafkaConfig) -> dict[str, str]:
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    password = config.scram_users[ADMIN]
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.clients.scram-sha-512.sasl.jaas.config": (f'{module} username="{ADMIN}" password="{password}";'),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The controller listener has no login; it is on loopback, as the node's own user ANONYMOUS.
        "super.users": f"User:{ADMIN};User:ANONYMOUS",
    }


def _escaped(value: str) -> str:
    # Java reads "\" as an escape and a line end as the value's end.
    return value.replace("\\", "\\\\").replace("\n", "\\n")
