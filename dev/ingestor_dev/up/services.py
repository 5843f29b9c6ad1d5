"""The API and a consumer as child processes of the stack."""

import http.client
import os
import secrets
import signal
import sys
from pathlib import Path

from ingestor_dev.embedded.child import Child
from ingestor_dev.up.servers import TOPIC, Servers

_READY_SECONDS = 60.0
# Longer than the services' own bound on a clean stop (10 s), so that it is theirs that decides.
_STOP_SECONDS = 15.0


class Service:
    """One of the product's programs, as its image runs it; its log is a file."""

    def __init__(self, program: str, environment: dict[str, str], home: Path, ready: tuple[int, str]) -> None:
        self.program = program
        self._environment = os.environ | environment
        self._log = home / "logs" / f"{program}.log"
        self._ready = ready
        self._child: Child | None = None

    def start(self) -> None:
        command = [Path(sys.executable).with_name(self.program)]
        self._child = Child(
            self.program, command, self._log, death_signal=signal.SIGTERM, environment=self._environment
        )

    def wait_ready(self) -> None:
        """Returns once it says that it can work. Raises EmbeddedServerError with its log's end where it ended."""
        assert self._child is not None  # noqa: S101  start() comes first
        self._child.wait_until(lambda: _answers(*self._ready), _READY_SECONDS)

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The id of its process, since it was last started."""
        assert self._child is not None  # noqa: S101  start() comes first
        return self._child.pid

    @property
    def log(self) -> Path:
        return self._log

    def stop(self) -> bool:
        """Ask it to stop, and wait. Whether it ended by itself."""
        return self._child is None or self._child.stop(signal.SIGTERM, _STOP_SECONDS)


def services(servers: Servers, home: Path, port: int, metrics_ports: tuple[int, int]) -> list[Service]:
    """The API on `port` and, with Kafka, a consumer; their metrics on the two ports."""
    common = {"DATABASE_URL": servers.postgres.dsn()}
    if servers.kafka is not None:
        common |= {"KAFKA_BROKERS": servers.kafka.bootstrap, "KAFKA_TOPIC": TOPIC}
    api_metrics, consumer_metrics = metrics_ports
    api = common | {
        "KAFKA_ENABLED": "true" if servers.kafka is not None else "false",
        "JWT_SECRET": os.environ.get("JWT_SECRET") or _secret(home / "jwt-secret"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "METRICS_PORT": str(api_metrics),
        "AUTH_SIGNUP": os.environ.get("AUTH_SIGNUP", "open"),
    }
    found = [Service("ingestor-api", api, home, (port, "/readyz"))]
    if servers.kafka is not None:
        consumer = common | {"METRICS_PORT": str(consumer_metrics)}
        found.append(Service("ingestor-consumer", consumer, home, (consumer_metrics, "/readyz")))
    return found


def _secret(file: Path) -> str:
    """The secret that tokens are signed with, kept so that they outlive a restart."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
