"""The product's services as processes of their own, for tests that need the real thing: started, asked, ended."""

import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
from prometheus_client.parser import text_string_to_metric_families

from ingestor_dev.embedded.child import spawn
from ingestor_dev.embedded.ports import free_port

SECRET = "a secret of the tests that is long enough"
START_SECONDS = 30.0
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02


class Service:
    """A command of this project, running with `environment` alone (and the PATH)."""

    def __init__(self, command: str, environment: Mapping[str, str], log: Path) -> None:
        self.name = command
        self.log = log
        program = Path(sys.executable).with_name(command)
        chosen = {"PATH": os.environ["PATH"], **environment}
        # It ends with the tests even where they are killed.
        self._process = spawn([program], log, death_signal=signal.SIGKILL, environment=chosen)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def output(self) -> str:
        """All that it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until(self, what: str, holds: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Return once `holds()`; fail with the service's output when it ends first or `seconds` pass."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert self.running, f"{self.name} ended with {self._process.returncode}:\n{self.output()}"
            assert time.monotonic() < deadline, f"not {what} within {seconds:g} s:\n{self.output()}"
            time.sleep(_POLL_SECONDS)

    def wait(self, seconds: float = START_SECONDS) -> int:
        """Its exit status, once it has ended by itself."""
        return self._process.wait(seconds)

    def terminate(self) -> None:
        """Ask it to end, as Kubernetes does."""
        self._process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = STOP_SECONDS) -> int:
        """Ask it to end and return its exit status; it has `seconds`."""
        self.terminate()
        return self._process.wait(seconds)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.running:
            self.kill()


class Probed(Service):
    """A service with its metrics and probes on a port of its own, free unless `environment` names one."""

    def __init__(
        self, command: str, environment: Mapping[str, str], log: Path, metrics_port: int | None = None
    ) -> None:
        chosen = {"METRICS_PORT": str(metrics_port or free_port()), **environment}
        super().__init__(command, chosen, log)
        self.probes = f"http://127.0.0.1:{chosen['METRICS_PORT']}"

    def is_ready(self) -> bool:
        """Whether /readyz says 200."""
        return status_of(f"{self.probes}/readyz") == 200

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Return once /readyz says 200."""
        self.wait_until("ready", self.is_ready, seconds)

    def database(self) -> str:
        """What it says of its database; "" while nobody answers."""
        return self.sees().get("database", "")

    def sees(self) -> dict[str, str]:
        """What it says of itself and its database; nothing while nobody answers."""
        answer = get(f"{self.probes}/readyz")
        found: dict[str, str] = {} if answer is None else json.loads(answer[1])
        return found

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples of this name that have these labels."""
        answer = get(f"{self.probes}/metrics")
        assert answer is not None, f"{self.name} serves no metrics"
        return sum(
            sample.value
            for family in text_string_to_metric_families(answer[1].decode())
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


class Api(Probed):
    """`ingestor-api` on the loopback, on free ports unless `environment` names them; it takes the tokens of `token`."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        chosen = {"HOST": "127.0.0.1", "PORT": str(free_port()), "JWT_SECRET": SECRET, **environment}
        super().__init__("ingestor-api", chosen, log)
        self.port = int(chosen["PORT"])
        self.url = f"http://127.0.0.1:{self.port}"

    def is_listening(self) -> bool:
        """Whether it answers, ready or not."""
        return status_of(f"{self.url}/healthz") == 200

    def wait_listening(self) -> None:
        """Return once it answers, ready or not."""
        self.wait_until("listening", self.is_listening)

    def wait_path(self, path: str, state: str, seconds: float = START_SECONDS) -> None:
        """Return once /readyz says of `path` (kafka or direct) what `state` begins with."""
        self.wait_until(f"{path} {state}", lambda: self.paths().get(path, "").startswith(state), seconds)

    def paths(self) -> dict[str, str]:
        """What /readyz says of each durable path."""
        answer = get(f"{self.url}/readyz")
        return {} if answer is None else dict(json.loads(answer[1])["paths"])


class Consumer(Probed):
    """`ingestor-consumer` with its probes on a free port of the loopback."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        super().__init__("ingestor-consumer", environment, log)


@contextmanager
def running_api(environment: Mapping[str, str], log: Path) -> Iterator[Api]:
    """An API that is ready; killed at the end if the test has not stopped it."""
    with Api(environment, log) as api:
        api.wait_ready()
        api.wait_listening()
        yield api


def token(*scopes: str, secret: str = SECRET, **claims: object) -> str:
    """A token as the API issues it, with `claims` in place of the usual ones."""
    now = int(time.time())
    user = str(uuid4())
    usual = {"sub": user, "user_id": user, "scopes": list(scopes), "iss": "analytics-ingestor", "iat": now}
    return jwt.encode(usual | {"exp": now + 3600} | claims, secret, algorithm="HS256")


def status_of(url: str) -> int | None:
    """The status a GET is answered with; None while nobody answers."""
    answer = get(url)
    return None if answer is None else answer[0]


def get(url: str) -> tuple[int, bytes] | None:
    """The status and body a GET is answered with; None while nobody answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        return response.status, response.read()
    except OSError:
        return None
    finally:
        connection.close()
