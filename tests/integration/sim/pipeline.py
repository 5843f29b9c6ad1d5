"""The whole product for the simulator to drive: API and consumer as processes."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from services import SECRET, Consumer, Probed

from ingestor_dev.embedded.ports import free_ports


@dataclass
class Pipeline:
    """A running API and consumer, on a topic and a database of their own."""

    environment: dict[str, str]
    folder: Path
    processes: ExitStack

    def __post_init__(self) -> None:
        self._port, self._metrics_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self._port}"
        self.consumer = Consumer(self.environment, self.folder / "consumer.log")
        self.processes.enter_context(self.consumer)
        self.api = self._started_api()
        self.consumer.wait_ready()
        self.api.wait_ready()

    @property
    def database(self) -> str:
        return self.environment["DATABASE_URL"]

    def restart_api(self) -> None:
        """kill -9, and start it again on the same port."""
        self.api.kill()
        self.api = self._started_api()
        self.api.wait_ready()

    def _started_api(self) -> Probed:
        environment = self.environment | {"HOST": "127.0.0.1", "PORT": str(self._port), "JWT_SECRET": SECRET}
        api = Probed("ingestor-api", environment, self.folder / "api.log", self._metrics_port)
        self.processes.enter_context(api)
        return api
