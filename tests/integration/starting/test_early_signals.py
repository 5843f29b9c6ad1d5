"""A signal that comes while a program still loads its modules ends it, without a traceback."""

import os
import signal
from pathlib import Path

import pytest
from integration.starting.programs import PROGRAMS

from ingestor_dev.embedded.child import spawn

_SECONDS = 20.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: signal.Signals(number).name)
@pytest.mark.parametrize(
    ("command", "loaded"),
    [
        (("ingestor-api",), "_pydantic_core"),
        (("ingestor-consumer",), "_pydantic_core"),
        (("ingestor-admin", "topic"), "_pydantic_core"),
        (("ingestor-dev", "up"), "_ssl"),
        (("ingestor-sim", "--help"), "_ssl"),
        (("ingestor-operator", "run"), "_pydantic_core"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_program_that_is_still_loading_is_ended(
    command: tuple[str, ...], loaded: str, number: signal.Signals, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    process = spawn([PROGRAMS / command[0], *command[1:]], log, death_signal=signal.SIGKILL, folder=tmp_path)
    maps = Path(f"/proc/{process.pid}/maps")
    # One of the modules that it loads is there, others are still to come.
    while loaded not in maps.read_text():
        assert process.poll() is None, log.read_text()

    process.send_signal(number)

    assert process.wait(_SECONDS) == 128 + number, log.read_text()
    assert log.read_text() == ""


def test_a_command_that_is_interrupted_ends_with_a_status_that_is_no_answer(tmp_path: Path) -> None:
    log = tmp_path / "log"
    environment = os.environ | {"KAFKA_BROKERS": "127.0.0.1:1"}
    process = spawn([PROGRAMS / "ingestor-admin", "ledger"], log, death_signal=signal.SIGKILL, environment=environment)
    # It asks a Kafka that does not answer: a client's threads are there.
    while len(list(Path(f"/proc/{process.pid}/task").iterdir())) < 2:
        assert process.poll() is None, log.read_text()

    process.send_signal(signal.SIGINT)

    assert process.wait(_SECONDS) == 130, log.read_text()
    assert "Traceback" not in log.read_text()
