"""`make up`: one command runs the product; Ctrl-C stops it, keeps the data, and proves that nothing was lost."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestor_dev.embedded.child import spawn
from ingestor_dev.embedded.ports import free_ports
from ingestor_dev.sim.truth_lines import truth_lines
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

    def end(self) -> None:
        if self._process.poll() is None:
            self.interrupt()


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as reply:  # noqa: S310
        return str(reply.read().decode())


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to run in; its data is removed by the product's own command."""
    home = tmp_path_factory.mktemp("checkout")
    yield home
    subprocess.run([PROGRAM, "clean"], cwd=home, check=True)


def test_it_runs_stops_on_ctrl_c_verifies_and_has_its_data_again_at_the_next_start(home: Path) -> None:
    first = Up(home, RATE="100")
    try:
        first.wait_for(r"(?m)^ready: http://127\.0\.0\.1:\d+ ")
        first.wait_for(r"stored \d+/s \(total [1-9]\d\d+\).*ledger balanced")
        assert first.interrupt() == 0, first.text
    finally:
        first.end()
    told, repeats = map(int, first.wait_for(r"ok: (\d+) events of .* told durable, (\d+) repeats").groups())
    again = Up(home, TRAFFIC="off")
    try:
        total = int(again.wait_for(r"\(total (\d+)\)")[1])
        assert again.interrupt() == 0, again.text
    finally:
        again.end()
    assert total == told > 100


def test_recorded_answers_are_stored_to_the_last_and_the_services_metrics_agree(home: Path) -> None:
    answers = home / "answers.csv"
    rows = [
        f"{student},{position},{position % 7},{(student + position) % 2}"
        for student in range(12)
        for position in range(40)
    ]
    answers.write_text("\n".join(["student,position,question,correct", *rows]) + "\n")
    up = Up(home, ANSWERS=str(answers))
    try:
        up.wait_for("all recorded answers are sent")
        told = [line for line in truth_lines(*(home / ".dev" / "truth").iterdir()) if line.told is not None]
        reading = _settled(up)
        assert up.interrupt() == 0, up.text
    finally:
        up.end()
    assert len(_answers_sent(home)) == len(rows)
    assert reading.accepted_total == len(told)
    assert reading.persisted + reading.duplicates == reading.accepted["kafka"]
    assert (reading.dead_lettered, reading.unaccounted, reading.lag_records) == (0, 0, 0)
    up.wait_for(r"(?m)^ok: .*none lost, doubled, altered or unknown$")


def test_direct_mode_runs_without_kafka(home: Path) -> None:
    up = Up(home, KAFKA_ENABLED="false", RATE="50")
    try:
        up.wait_for(r"ready: .*direct mode, no kafka")
        up.wait_for(r"\(direct [1-9]\d*\)")
        assert up.interrupt() == 0, up.text
    finally:
        up.end()
    up.wait_for(r"(?m)^ok: ")


def test_a_taken_port_is_said_with_the_variable_that_chooses_another(home: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = subprocess.run(
            [PROGRAM, "up"], cwd=home, env=os.environ | {"PORT": str(port)}, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in done.stdout
    assert "PORT=" in done.stdout


def _settled(up: Up) -> Reading:
    """The metrics once the consumer has nothing left to read."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        reading = up.metrics()
        if reading.lag_records == 0 and reading.persisted + reading.duplicates >= reading.accepted.get("kafka", 0):
            return reading
        assert time.monotonic() < deadline, reading
        time.sleep(0.2)


def _answers_sent(home: Path) -> set[str]:
    """The ids of the answers sent; an event that was sent again stands in the file again."""
    lines = truth_lines(*(home / ".dev" / "truth").iterdir())
    return {line.sent.event_id for line in lines if line.sent and line.sent.event_type == "ANSWER_SUBMITTED"}
