"""The running system of compose.yaml."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from e2e import guide
from e2e.commands import run
from e2e.waiting import eventually


@dataclass(frozen=True)
class Stack:
    """Where the services of compose.yaml are, by the variables that say so."""

    ports: Mapping[str, int]

    @property
    def url(self) -> str:
        """The API."""
        return f"http://127.0.0.1:{self.ports['API_PORT']}"

    @property
    def prometheus(self) -> str:
        """Prometheus."""
        return f"http://127.0.0.1:{self.ports['PROMETHEUS_PORT']}"

    def compose(self, *arguments: str, seconds: float = 120) -> str:
        """What docker compose prints."""
        env = {name: str(port) for name, port in self.ports.items()}
        return run("docker", "compose", *arguments, env=env, seconds=seconds)

    def kafka(self, *command: str) -> str:
        """What a command inside the broker's container prints."""
        return run("docker", "exec", "analytics-kafka", *command)

    def until_ready(self) -> None:
        """Return once API and consumer say that they are healthy."""

        def healthy() -> bool:
            lines = self.compose("ps", "--format", "json", "api", "consumer").splitlines()
            return [json.loads(line)["Health"] for line in lines] == ["healthy", "healthy"]

        eventually(healthy, 120, "API and consumer are healthy")

    def query(self, expression: str) -> float | None:
        """A number that Prometheus gives; None where it has none yet."""
        answer = guide.call(self.prometheus, f"/api/v1/query?query={expression}")
        found = answer.body["data"]["result"]
        return float(found[0]["value"][1]) if found else None
