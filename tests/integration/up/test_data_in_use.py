"""The data in `.dev` has one user at a time, whatever ports are chosen; others are told whom to stop, and how."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.up.running_up import PROGRAM, Up
from services import get

from ingestor_dev.embedded.ports import free_ports

Finished = subprocess.CompletedProcess[str]


@pytest.fixture
def running(home: Path) -> Iterator[Up]:
    up = Up(home, TRAFFIC="off")
    try:
        up.wait_for("(?m)^ready: ")
        yield up
    finally:
        up.end()


def _other_ports() -> dict[str, str]:
    names = ("PORT", "KAFKA_PORT", "POSTGRES_PORT", "METRICS_PORT")
    return dict(zip(names, map(str, free_ports(len(names))), strict=True))


def _dev(home: Path, *arguments: str) -> Finished:
    """Another command of ours in the same folder, on ports of its own."""
    environment = os.environ | _other_ports() | {"TRAFFIC": "off"}
    return subprocess.run(
        [PROGRAM, *arguments], cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def _paths(up: Up) -> dict[str, str]:
    answer = get(f"{up.wait_for(r'ready: (http://[0-9.:]+)')[1]}/readyz")
    assert answer is not None
    return dict(json.loads(answer[1])["paths"])


@pytest.mark.long
def test_what_would_use_the_data_beside_make_up_is_refused_and_the_first_goes_on(home: Path, running: Up) -> None:
    for command in (["up"], ["kafka"], ["database"], ["reset-database", "--yes"], ["clean"]):
        refused = _dev(home, *command)
        said = refused.stdout + refused.stderr
        assert refused.returncode == 1, (command, said)
        assert f"make up (process {running.pid}) uses the" in said, (command, said)
        assert "stop it first: Ctrl-C where it runs" in said, (command, said)
    assert _paths(running) == {"kafka": "up", "direct": "up"}
    assert running.interrupt() == 0, running.text


@pytest.mark.long
def test_make_stop_says_where_the_servers_of_make_up_are_stopped(home: Path, running: Up) -> None:
    stopped = _dev(home, "stop")
    for server in ("kafka", "database"):
        assert f"{server}: not stopped, make up (process {running.pid}) uses it: Ctrl-C where it runs" in stopped.stdout
    assert _paths(running) == {"kafka": "up", "direct": "up"}


@pytest.mark.long
def test_a_killed_make_up_keeps_nobody_out(home: Path, running: Up) -> None:
    running.kill()
    assert _dev(home, "stop").stdout == "kafka: was not running\ndatabase: was not running\n"
    again = Up(home, TRAFFIC="off")
    try:
        again.wait_for("(?m)^ready: ")
    finally:
        again.end()


@pytest.mark.long
def test_kafka_and_the_database_run_beside_each_other_in_the_background_and_keep_make_up_out(home: Path) -> None:
    for server in ("kafka", "database"):
        assert _dev(home, server).returncode == 0
    refused = _dev(home, "up")
    assert refused.returncode == 1
    assert "make database (process" in refused.stdout
    assert "stop it first: make stop" in refused.stdout
    assert _dev(home, "stop").stdout == "kafka: stopped\ndatabase: stopped\n"
