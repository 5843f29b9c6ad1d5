"""`make up` as a process of its own."""

import os
import re
import signal
import sys
import time
import urllib.request
from pathlib import Path

from ingestor_dev.embedded.child import spawn
from ingestor_dev.embedded.ports import free_ports
from ingestor_dev.up.gauges import Reading, read

PROGRAM = Path(sys.executable).with_name("ingestor-dev")
PATIENCE_SECONDS = 120.0


class Up:
    """A running `make up`; what it prints is in a file."""

    def __init__(self, home: Path, **variables: str) -> None:
        port, kafka, postgres, metrics = free_ports(4)
        ports = {
            "PORT": str(port),
            "KAFKA_PORT": str(kafka),
            "POSTGRES_PORT": str(postgres),
            "METRICS_PORT": str(metrics),
        }
        self.output = home / f"up-{port}.log"
        environment = os.environ | ports | variables
        self._process = spawn(
            [PROGRAM, "up"], self.output, death_signal=signal.SIGKILL, environment=environment, folder=home
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The pattern's first match in what it printed, once it is there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (match := re.search(pattern, self.text)) is None:
            assert self._process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.1)
        return match

    def metrics(self) -> Reading:
        """What all its services' metrics say, by the ports in its ready line."""
        ports = re.findall(r":(\d+)", self.wait_for(r"metrics (.*?)  logs")[1])
        return read([_get(f"http://127.0.0.1:{port}/metrics") for port in ports])

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        if self._process.poll() is None:
            self.interrupt()


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as reply:  # noqa: S310
        return str(reply.read().decode())
