"""Everything that `make up` runs: servers and services, started and stopped in order."""

from pathlib import Path

from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.ports import free_port, is_taken
from ingestor_dev.up.options import METRICS_PORT, Options
from ingestor_dev.up.servers import Servers, chosen_or_free
from ingestor_dev.up.services import Service, services


class Stack:
    """Kafka, Postgres, the API and a consumer on the data in `home`."""

    def __init__(self, home: Path, options: Options) -> None:
        """Raises EmbeddedServerError where a port that was chosen, or the API's, is taken."""
        if is_taken(options.port):
            raise EmbeddedServerError(
                f"port {options.port} on 127.0.0.1 is taken; "
                "stop what listens there, or choose another: make up PORT=8081"
            )
        self._home = home
        self._options = options
        home.mkdir(parents=True, exist_ok=True)
        self.servers = Servers(
            home, kafka=options.kafka, kafka_port=options.kafka_port, postgres_port=options.postgres_port
        )
        self.services: list[Service] = []
        self.metrics_ports: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._options.port}"

    @property
    def dsn(self) -> str:
        return self.servers.postgres.dsn()

    def start(self) -> None:
        """Bring everything up and wait until it can work. Raises EmbeddedServerError that says what is in the way."""
        self.servers.start()
        ports = (
            chosen_or_free(self._options.metrics_port, METRICS_PORT, "METRICS_PORT", "the API needs for metrics"),
            free_port(),
        )
        self.services = services(self.servers, self._home, self._options.port, ports)
        self.metrics_ports = list(ports[: len(self.services)])
        for service in self.services:
            service.start()
        for service in self.services:
            service.wait_ready()

    def stop(self) -> list[str]:
        """Stop everything in the order in which nothing is left half done; the data stays. What had to be killed."""
        killed = [f"{service.program} (log: {service.log})" for service in self.services if not service.stop()]
        self.servers.stop()
        return killed

    def fallen(self) -> Service | None:
        """A service that ended by itself."""
        return next((service for service in self.services if not service.running), None)

    def ready_line(self) -> str:
        """Where everything is."""
        kafka = f"kafka {self.servers.kafka.bootstrap}" if self.servers.kafka else "direct mode, no kafka"
        metrics = ", ".join(f":{port}" for port in self.metrics_ports)
        return (
            f"ready: {self.url}  docs {self.url}/docs  {kafka}  postgres 127.0.0.1:{self.servers.postgres.config.port}"
            f"  metrics {metrics}  logs {self._home / 'logs'}"
        )
