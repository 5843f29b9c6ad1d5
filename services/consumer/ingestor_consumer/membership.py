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
        # The ledger says where to read. An offset that the log does not have is for us to judge, not to skip.
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        # Offsets behind the last record that hold none (transaction markers) are seen by the log's end only.
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "topic.metadata.refresh.interval.ms": _METADATA_AGE_MS,
        # A single event on an idle topic is sent to us at once; a full fetch is a few batches.
        "fetch.min.bytes": 1,
        "fetch.wait.max.ms": 100,
        # It bounds batches too, which are counted in records: floods of records of 20 kB to 1 MB that are no events
        # (600 MB each) took 163 to 193 MiB of memory at most.
        "queued.max.messages.kbytes": 16_384,
    }
    if protocol == "classic":
        config |= {
            "partition.assignment.strategy": "cooperative-sticky",
            # A crashed member's partitions go to the others after this.
            "session.timeout.ms": 10_000,
            "heartbeat.interval.ms": 2_000,
        }
    return config
