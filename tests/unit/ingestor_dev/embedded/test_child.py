"""Servers as child processes: told apart when they fail, ended with all they started, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ingestor_dev.embedded.child import Child, run, spawn
from ingestor_dev.embedded.errors import EmbeddedServerError

_SECONDS = 20.0
_SLEEP = "import time; time.sleep(600)"
_WITH_A_CHILD = (
    "import subprocess, sys, time;"
    f"print(subprocess.Popen([sys.executable, '-c', '{_SLEEP}']).pid, flush=True); time.sleep(600)"
)
# Bounded, and the children end by themselves, lest a failing test leave thousands behind.
_THAT_KEEPS_FORKING = (
    "import os, time\n"
    "for number in range(5000):\n"
    "    if os.fork() == 0: time.sleep(30); os._exit(0)\n"
    "    if number == 20: print('forking', flush=True)\n"
    "time.sleep(600)\n"
)
_PARENT = (
    "import signal, sys, threading, time; from pathlib import Path; from ingestor_dev.embedded.child import Child\n"
    "def start():\n"
    "    child = Child('Sleeper', [sys.executable, '-c', 'import time; time.sleep(600)'],"
    " Path(sys.argv[1]), death_signal=signal.SIGKILL)\n"
    "    print(child.pid, flush=True)\n"
    "starter = threading.Thread(target=start); starter.start(); starter.join()\n"
    "print('started', flush=True); time.sleep(600)\n"
)


def _python(code: str, log: Path) -> Child:
    return Child("Server", [sys.executable, "-c", code], log, death_signal=signal.SIGKILL)


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def test_a_server_that_ends_while_it_starts_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = _python("import sys; print('first'); sys.exit('disk is full')", tmp_path / "log")

    with pytest.raises(EmbeddedServerError, match=r"(?s)Server ended with status 1; correct what .*disk is full"):
        child.wait_until(lambda: False, _SECONDS)


def test_a_server_that_is_never_ready_is_an_error(tmp_path: Path) -> None:
    child = _python(_SLEEP, tmp_path / "log")
    try:
        with pytest.raises(EmbeddedServerError, match=r"was not ready within 0\.05 s"):
            child.wait_until(lambda: False, timeout=0.05)
    finally:
        child.kill()


def test_only_the_end_of_a_long_log_is_shown(tmp_path: Path) -> None:
    child = _python("import sys; [print('line', n) for n in range(1000)]; sys.exit(1)", tmp_path / "log")

    with pytest.raises(EmbeddedServerError) as raised:
        child.wait_until(lambda: False, _SECONDS)

    assert "line 999" in str(raised.value)
    assert "line 1\n" not in str(raised.value)


def test_what_earlier_runs_wrote_is_not_said_of_this_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("disk is full\n")

    silent = _python("raise SystemExit(1)", log)
    with pytest.raises(EmbeddedServerError, match=r"status 1, and has written nothing"):
        silent.wait_until(lambda: False, _SECONDS)
    with pytest.raises(EmbeddedServerError, match="no such user") as raised:
        run("Formatting", [sys.executable, "-c", "exit('no such user')"], log)

    assert "disk is full" not in str(raised.value)
    assert "disk is full" in log.read_text()


def test_a_log_that_is_started_over_is_shown_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"disk is full\n" * 2_000_000)

    child = _python("exit('no such user')", log)
    with pytest.raises(EmbeddedServerError, match="no such user") as raised:
        child.wait_until(lambda: False, _SECONDS)

    assert "disk is full" not in str(raised.value)


def test_stopping_asks_first(tmp_path: Path) -> None:
    child = _python(_SLEEP, tmp_path / "log")

    assert child.stop(signal.SIGTERM, _SECONDS)
    assert not child.running


def test_what_does_not_stop_in_time_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);"
    child = _python(f"{deaf} time.sleep(600)", tmp_path / "log")
    child.wait_until(lambda: "deaf" in (tmp_path / "log").read_text(), _SECONDS)

    assert not child.stop(signal.SIGTERM, timeout=0.05)
    assert not child.running


def test_killing_ends_what_the_server_started_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = _python(_WITH_A_CHILD, log)
    child.wait_until(lambda: log.read_text().endswith("\n"), _SECONDS)
    grandchild = int(log.read_text())
    assert _lives(grandchild)

    child.kill()

    assert not child.running
    assert not _lives(grandchild)


# A fork between the list of processes and their end is seldom: several tries.
@pytest.mark.parametrize("attempt", range(10))
def test_killing_leaves_nothing_of_a_server_that_is_starting_more(tmp_path: Path, attempt: int) -> None:
    log = tmp_path / f"log-{attempt}"
    child = _python(_THAT_KEEPS_FORKING, log)
    child.wait_until(lambda: "forking" in log.read_text(), _SECONDS)

    child.kill()

    assert [pid for pid in psutil.pids() if _session(pid) == child.pid and _lives(pid)] == []


def test_a_child_dies_with_its_killed_parent_but_not_with_the_thread_that_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert parent.stdout.readline() == "started\n"
        assert _lives(pid)

        parent.kill()

        _wait_for(lambda: not _lives(pid))


def test_a_server_gets_the_given_environment_and_no_other(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", "import os; print(sorted(os.environ))"]
    child = Child("Server", command, log, death_signal=signal.SIGKILL, environment={"LC_ALL": "C", "PORT": "1"})

    assert child.stop(signal.SIGCONT, _SECONDS)

    assert log.read_text() == "['LC_ALL', 'PORT']\n"


def test_a_process_runs_in_the_given_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os; print(os.getcwd())"]
    process = spawn(command, tmp_path / "log", death_signal=signal.SIGKILL, folder=tmp_path)

    assert process.wait(_SECONDS) == 0

    assert (tmp_path / "log").read_text() == f"{tmp_path.resolve()}\n"


def test_a_command_that_fails_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"(?s)Formatting ended with status 3; .*no space left"):
        run("Formatting", [sys.executable, "-c", "print('no space left'); exit(3)"], tmp_path / "log")


def test_a_command_reads_its_input(tmp_path: Path) -> None:
    run("Echo", [sys.executable, "-c", "print(input())"], tmp_path / "log", stdin="hello\n")

    assert (tmp_path / "log").read_text() == "hello\n"
