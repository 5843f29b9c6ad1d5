"""How old records get while members join a group, on a real Kafka: what `handover` of the simulation stands for.

`.venv/bin/python bench/handover.py` starts a Kafka of its own, takes two minutes, and prints the table of
docs/adr/0070-simpler-scaling.md.
"""

import random
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.kafka_properties import KafkaConfig
from ingestor_dev.embedded.ports import free_port

PARTITIONS = 12
RECORDS_A_SECOND = 10
"""In each partition."""
JOIN_WITHIN = 10.0
"""Seconds; as when the pods of one scale-up become ready one by one."""
GROUPS = ((1, 2), (3, 3), (6, 6), (6, 6))
"""Members that are there, and members that join them."""
PROTOCOLS: Mapping[str, Mapping[str, str | int]] = {
    "KIP-848": {"group.protocol": "consumer"},
    "cooperative": {
        "group.protocol": "classic",
        "partition.assignment.strategy": "cooperative-sticky",
        "heartbeat.interval.ms": 2000,
    },
}


@dataclass
class Oldest:
    """The age in seconds of the oldest record since it was last reset, when it was read."""

    age: float = 0.0

    def seen(self, written: float) -> None:
        """A record that was written then has been read now."""
        self.age = max(self.age, time.time() - written)


class Member(threading.Thread):
    """A consumer in a thread of its own."""

    def __init__(self, config: Mapping[str, str | int], topic: str, oldest: Oldest) -> None:
        super().__init__(daemon=True)
        self.assigned = threading.Event()
        self._consumer = Consumer(dict(config))
        self._topic, self._oldest = topic, oldest
        self._ends = threading.Event()

    def run(self) -> None:
        """Read until the end is asked for."""
        self._consumer.subscribe([self._topic], on_assign=lambda *_: self.assigned.set())
        while not self._ends.is_set():
            record = self._consumer.poll(0.05)
            if record is not None and not record.error():
                self._oldest.seen(record.timestamp()[1] / 1000)
        self._consumer.close()

    def end(self) -> None:
        """Leave the group."""
        self._ends.set()


def produce(bootstrap: str, topic: str, ends: threading.Event) -> None:
    """Write to each partition, evenly, until the end."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    due = time.monotonic()
    while not ends.is_set():
        for partition in range(PARTITIONS):
            producer.produce(topic, b"x", partition=partition)
        producer.poll(0)
        due += 1 / RECORDS_A_SECOND
        time.sleep(max(due - time.monotonic(), 0))
    producer.flush(5)


def measure(
    bootstrap: str, topic: str, protocol: Mapping[str, str | int], before: int, joining: int
) -> tuple[float, float]:
    """Seconds over which members joined, and the age of the oldest record from then until all had settled."""
    oldest = Oldest()
    config = {"bootstrap.servers": bootstrap, "group.id": uuid4().hex, "auto.offset.reset": "latest", **protocol}
    members = [Member(config, topic, oldest) for _ in range(before + joining)]
    for member in members[:before]:
        member.start()
    for member in members[:before]:
        member.assigned.wait(30)
    time.sleep(5)
    oldest.age = 0.0
    moments = sorted(random.uniform(0, JOIN_WITHIN) for _ in range(joining))
    start = time.monotonic()
    for member, moment in zip(members[before:], moments, strict=True):
        time.sleep(max(start + moment - time.monotonic(), 0))
        member.start()
    for member in members[before:]:
        member.assigned.wait(30)
    time.sleep(3)
    for member in members:
        member.end()
    for member in members:
        member.join(10)
    return moments[-1] - moments[0], oldest.age


def main() -> None:
    """Measure each protocol with each group, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        kafka = EmbeddedKafka(KafkaConfig(Path(folder) / "kafka", free_port(), free_port()))
        kafka.start()
        try:
            kafka.wait_ready()
            admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
            admin.create_topics([NewTopic("t", PARTITIONS, 1)])["t"].result()
            ends = threading.Event()
            writer = threading.Thread(target=produce, args=(kafka.bootstrap, "t", ends))
            writer.start()
            try:
                print("members  protocol     joined over  oldest record")
                for before, joining in GROUPS:
                    for name, protocol in PROTOCOLS.items():
                        over, age = measure(kafka.bootstrap, "t", protocol, before, joining)
                        print(f"{before} + {joining}    {name:<12} {over:>8.1f} s {age:>12.1f} s", flush=True)
            finally:
                ends.set()
                writer.join()
        finally:
            kafka.stop()


if __name__ == "__main__":
    main()
