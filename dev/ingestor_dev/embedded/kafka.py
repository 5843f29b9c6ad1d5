"""A real, single-node Apache Kafka (KRaft) as a child process."""

import fcntl
import secrets
import signal
import socket
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import IO

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_dev.embedded.child import Child, run
from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.kafka_jvm import broker_command, tool_command
from ingestor_dev.embedded.kafka_properties import ADMIN, KafkaConfig, render, server_properties
from ingestor_dev.embedded.ports import require_free

ClientConfig = dict[str, str | int | float | bool]

START_TIMEOUT_SECONDS = 60.0
_STOP_TIMEOUT_SECONDS = 15.0
_PROBE_SECONDS = 1.0


class EmbeddedKafka:
    """One Kafka node; `start` it, `stop` or `kill` it, `start` it again: its data stays in its folder."""

    def __init__(self, config: KafkaConfig) -> None:
        self.config = config
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients (`bootstrap.servers`)."""
        return self.config.bootstrap

    @property
    def log(self) -> Path:
        """The file that has the node's log."""
        return self.config.data_dir / "kafka.log"

    @property
    def running(self) -> bool:
        """Whether the node's process is there."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The id of the node's process.

        Raises:
            EmbeddedServerError: the node was not started.
        """
        return self._started().pid

    def client_config(self, user: str = ADMIN) -> ClientConfig:
        """What a confluent-kafka client connects with; `user` matters only where there are SCRAM users."""
        address: ClientConfig = {"bootstrap.servers": self.bootstrap}
        if not self.config.scram_users:
            return address
        return address | {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": self.config.scram_users[user],
        }

    def start(self) -> None:
        """Starts the node and returns without waiting for it (`wait_ready` does).

        The first start downloads Kafka where this machine does not have it yet, and formats the data folder.

        Raises:
            EmbeddedServerError: a port is taken, the data is in use, Kafka cannot be obtained, or the folder cannot be
                formatted.
        """
        if self.running:
            return
        for purpose, port in self.config.ports.items():
            require_free(port, f"Kafka needs for {purpose}")
        self.config.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.config.data_dir / "in-use").open("w") as lock:
            self._take(lock)
            properties = self.config.data_dir / "server.properties"
            properties.write_text(render(server_properties(self.config)))
            if not (self.config.data_dir / "logs" / "meta.properties").exists():
                self._format(properties)
            command = broker_command(self.config, properties)
            self._child = Child("Kafka", command, self.log, death_signal=signal.SIGKILL, lock=lock)

    def wait_ready(self, timeout: float = START_TIMEOUT_SECONDS) -> None:
        """Returns once the node answers clients.

        Raises:
            EmbeddedServerError: it ended, or gave no answer within `timeout` seconds; with its log's end.
        """
        self._started().wait_until(self._answers, timeout)

    def stop(self) -> bool:
        """Shuts the node down in order, kills it when that takes too long. True if it ended by itself."""
        return self._child is None or self._child.stop(signal.SIGTERM, _STOP_TIMEOUT_SECONDS)

    def kill(self) -> None:
        """Ends the node with SIGKILL, as a crash would."""
        if self._child is not None:
            self._child.kill()

    def restart(self) -> None:
        """Stops the node if it runs, starts it on the same data and waits until it is ready."""
        self.stop()
        self.start()
        self.wait_ready()

    def _started(self) -> Child:
        if self._child is None:
            raise EmbeddedServerError("Kafka was not started; call start() first")
        return self._child

    def _take(self, lock: IO[str]) -> None:
        """Another node on this data would run by the properties that are written now, and take part in its quorum."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedServerError(f"another Kafka already uses {self.config.data_dir}; stop it first") from None

    def _format(self, properties: Path) -> None:
        arguments = ["format", "--cluster-id", _new_cluster_id(), "--config", str(properties)]
        for name, password in self.config.scram_users.items():
            arguments += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        command = tool_command("kafka.tools.StorageTool", *arguments, "--ignore-formatted")
        run("Formatting Kafka's data folder", command, self.log)

    def _answers(self) -> bool:
        # A plain connection first: a Kafka client backs off for longer and longer while there is no listener.
        try:
            socket.create_connection(("127.0.0.1", self.config.port), _PROBE_SECONDS).close()
            AdminClient({**self.client_config(), "log_level": 0}).list_topics(timeout=_PROBE_SECONDS)
        except (OSError, KafkaException):
            return False
        return True


def _new_cluster_id() -> str:
    # 16 random bytes in base64url; the first is kept from being "-", which tools would take for an option.
    return urlsafe_b64encode(b"\x00" + secrets.token_bytes(15)).decode().rstrip("=")
