"""How the consumer is a member of its group: librdkafka's settings, for the new group protocol or the classic one."""

from typing import Any, Final, Literal

from ingestor_common.kafka import client_config
from ingestor_common.settings import KafkaSettings

Protocol = Literal["consumer", "classic"]
"""KIP-848's protocol, which is tried first, and the one before it, for brokers that do not have the new one.

Under `consumer` the broker computes assignments: a member that joins reads after 0.2 s (classic: 1.2 to 3.2 s), the
others do not stop, and a topic made again is told from its predecessor. A member that crashed is missed after the
broker's group.consumer.session.timeout.ms (45 s by default).
"""

_METADATA_AGE_MS: Final = 10_000
"""How soon new partitions, or a topic that was missing, are noticed under the classic protocol."""


def consumer_config(settings: KafkaSettings, protocol: Protocol) -> dict[str, Any]:
    """The settings of a member of the group."""
    config = client_config(settings, "ingestor-consumer") | {
        "group.id": settings.kafka_group,
        "group.protocol": protocol,
        # Nothing is read through this client, at no offset.
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "topic.metadata.refresh.interval.ms": _METADATA_AGE_MS,
    }
    if protocol == "classic":
        config |= {
            "partition.assignment.strategy": "cooperative-sticky",
            # A crashed member's partitions go to the others after this.
            "session.timeout.ms": 10_000,
            "heartbeat.interval.ms": 2_000,
        }
    return config
