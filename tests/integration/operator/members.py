"""Real group members in place of consumer pods: one thread each, storing at a limited rate."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from confluent_kafka import Consumer, KafkaException
from integration.operator.kube import Kube

from ingestor_dev.embedded.kafka import EmbeddedKafka


class Member:
    """One consumer: reads a batch, "stores" it for as long as its rate says, commits."""

    def __init__(self, kafka: EmbeddedKafka, topic: str, group: str, rate: float) -> None:
        self._consumer = Consumer(
            kafka.client_config()
            | {
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": 6000,
                "heartbeat.interval.ms": 300,
            }
        )
        self._topic = topic
        self._rate = rate
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Leave the group."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        self._consumer.subscribe([self._topic])
        while not self._stopping.is_set():
            batch = [record for record in self._consumer.consume(20, timeout=0.1) if not record.error()]
            if batch:
                self._stopping.wait(len(batch) / self._rate)
                with suppress(KafkaException):
                    # A rebalance meanwhile refuses it: whoever has the partitions now reads the records again.
                    self._consumer.commit(asynchronous=False)
        self._consumer.close()


class Pods:
    """Keeps as many members as the consumer Deployment asks for, and reports them ready, as a kubelet would."""

    def __init__(self, kube: Kube, kafka: EmbeddedKafka, name: str, rate: float) -> None:
        self._kube = kube
        self._make = partial(Member, kafka, name, name, rate)
        self._deployment = f"{name}-consumer"
        self._members: list[Member] = []
        self._stopping = threading.Event()
        self.most = 0
        """The most members there ever were."""

    def run(self) -> None:
        """Follow the Deployment until `stop`."""
        try:
            while not self._stopping.wait(0.2):
                wanted = self._kube.get("apps/v1", "Deployment", self._deployment)["spec"]["replicas"]
                if wanted != len(self._members):
                    self._follow(wanted)
        finally:
            self._follow_down(0)

    def stop(self) -> None:
        """End all members."""
        self._stopping.set()

    def _follow(self, wanted: int) -> None:
        while len(self._members) < wanted:
            self._members.append(self._make())
        self._follow_down(wanted)
        self.most = max(self.most, wanted)
        self._kube.run_pods(self._deployment)

    def _follow_down(self, wanted: int) -> None:
        while len(self._members) > wanted:
            self._members.pop().stop()


@contextmanager
def running_pods(kube: Kube, kafka: EmbeddedKafka, name: str, rate: float) -> Iterator[Pods]:
    """Pods for the consumer Deployment of the instance; each stores so many records a second."""
    pods = Pods(kube, kafka, name, rate)
    thread = threading.Thread(target=pods.run)
    thread.start()
    try:
        yield pods
    finally:
        pods.stop()
        thread.join()
