"""`make up`: one command runs the product; Ctrl-C stops it, keeps the data, and proves that nothing was lost."""

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest
from integration.up.running_up import PATIENCE_SECONDS, PROGRAM, Up

from ingestor_dev.sim.truth_lines import truth_lines
from ingestor_dev.up.gauges import Reading


@pytest.mark.long
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


@pytest.mark.long
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
