"""The operator as a process under test."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from integration.operator.kube import eventually

from ingestor_dev.embedded.child import spawn
from ingestor_dev.embedded.ports import free_port


@dataclass(frozen=True)
class OperatorProcess:
    """A running `ingestor-operator run`."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path
    user: str
    """Its name in the API server's audit log."""

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of its HTTP endpoint; status 0 while it does not listen."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return 0, ""

    def metric(self, name: str) -> float:
        """A metric by its name with labels; 0 where it is not there."""
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(f"{name} "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_operator(kubeconfig: Path, folder: Path, user: str, *options: str) -> Iterator[OperatorProcess]:
    """An operator that has started; stopped at the end, if it still runs."""
    port = free_port()
    log = folder / f"operator-{port}.log"
    command = [str(Path(sys.executable).parent / "ingestor-operator"), "run", f"--metrics-port={port}", *options]
    environment = os.environ | {"KUBECONFIG": str(kubeconfig), "PYTHONWARNINGS": "default"}
    process = spawn(command, log, death_signal=signal.SIGKILL, environment=environment)
    operator = OperatorProcess(process, port, log, user)
    try:
        eventually(lambda: process.poll() is not None or operator.get("/readyz")[0] == 200, 30)
        assert process.poll() is None, log.read_text()[-3000:]
        yield operator
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                operator.kill()
                raise
