"""A server as a child process: started with a log file, watched, stopped within a time, never left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import psutil

from ingestor_dev.embedded.account import Account
from ingestor_dev.embedded.errors import EmbeddedServerError

_LAUNCH = Path(__file__).with_name("launch.py")
_LOG_LIMIT_BYTES = 16 * 1024 * 1024
_TAIL_BYTES = 16 * 1024
_TAIL_LINES = 20
_POLL_SECONDS = 0.02
_AT_REST = {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP, psutil.STATUS_ZOMBIE}

# Linux sends the death signal when the *thread* that forked ends (prctl(2)); this one lives as long as the
# process, whatever thread asks for a child.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded-spawner")


class Child:
    """A running server process, in a session of its own so that a terminal's Ctrl-C does not reach it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        death_signal: signal.Signals,
        account: Account | None = None,
        environment: Mapping[str, str] | None = None,
        lock: IO[str] | None = None,
    ) -> None:
        """Starts the command; its output is appended to `log`. `death_signal` is what it gets when we die.

        `environment` is all that it gets; None gives it ours. It inherits `lock`, so that a flock on that lasts as
        long as the process.
        """
        self.name = name
        self.log = log
        self._log_start = _size(log)
        self._process = spawn(
            command, log, death_signal=death_signal, account=account, environment=environment, lock=lock
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout: float) -> None:
        """Returns once `ready` says so.

        Raises:
            EmbeddedServerError: the process ended, or `timeout` seconds passed; with the end of its log.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running:
                raise self._failure(f"ended with status {self._process.returncode}")
            if time.monotonic() > deadline:
                raise self._failure(f"was not ready within {timeout:g} s")
            time.sleep(_POLL_SECONDS)

    def _failure(self, what: str) -> EmbeddedServerError:
        return _failure(self.name, what, self.log, self._log_start)

    def stop(self, stop_signal: signal.Signals, timeout: float) -> bool:
        """Asks the process to end and kills it if it has not within `timeout` seconds.

        Returns:
            Whether it ended by itself.
        """
        if self.running:
            self._process.send_signal(stop_signal)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def kill(self) -> None:
        """SIGKILL to the process and all its descendants, and waits until they are gone."""
        if not self.running:
            return
        # Stopped first: a supervisor that sees its children die one by one would react to it, and one that is still
        # starting them would leave the next behind, with the port that it inherited.
        supervisor = psutil.Process(self.pid)
        self._process.send_signal(signal.SIGSTOP)
        while supervisor.status() not in _AT_REST:
            time.sleep(_POLL_SECONDS)
        descendants = supervisor.children(recursive=True)
        self._process.kill()
        for process in descendants:
            _kill_if_there(process)
        self._process.wait()
        while any(_lives(process) for process in descendants):
            time.sleep(_POLL_SECONDS)


def spawn(
    command: Sequence[str | Path],
    log: Path,
    *,
    death_signal: signal.Signals,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    lock: IO[str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Starts a process in a session of its own, which gets `death_signal` when we die, however we do.

    Its output is appended to `log`. `environment` is all that it gets, `folder` where it runs; None gives it ours.
    It inherits `lock`.
    """
    launched = _launched(command, death_signal, account)
    return _spawner.submit(_popen, launched, log, environment, folder, lock).result()


def run(
    name: str, command: Sequence[str | Path], log: Path, *, account: Account | None = None, stdin: str = ""
) -> None:
    """Runs a command to its end, with `stdin` as its input and its output appended to `log`.

    Raises:
        EmbeddedServerError: it ended with a status other than 0; with the end of its log.
    """
    start = _size(log)
    with _opened(log) as output:
        done = subprocess.run(
            _launched(command, signal.SIGKILL, account),
            input=stdin.encode(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        raise _failure(name, f"ended with status {done.returncode}", log, start)


def _log_tail(log: Path, start: int) -> str:
    """The last lines that a log file has behind its first `start` bytes, indented."""
    with log.open("rb") as file:
        file.seek(max(start, log.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])


def _launched(command: Sequence[str | Path], death_signal: signal.Signals, account: Account | None) -> list[str]:
    plan = {
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
    }
    return [sys.executable, "-I", "-S", str(_LAUNCH), json.dumps(plan), *map(str, command)]


def _popen(
    launched: list[str], log: Path, environment: Mapping[str, str] | None, folder: Path | None, lock: IO[str] | None
) -> "subprocess.Popen[bytes]":
    with _opened(log) as output:
        return subprocess.Popen(
            launched,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
            cwd=folder,
            pass_fds=() if lock is None else (lock.fileno(),),
        )


def _opened(log: Path) -> IO[bytes]:
    """The log, open for appending; started over once it has grown large."""
    log.parent.mkdir(parents=True, exist_ok=True)
    file = log.open("ab")
    if not _size(log):
        file.truncate(0)
    return file


def _size(log: Path) -> int:
    """Bytes of earlier runs that stay in the log."""
    size = log.stat().st_size if log.exists() else 0
    return size if size <= _LOG_LIMIT_BYTES else 0


def _kill_if_there(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def _lives(process: psutil.Process) -> bool:
    # An orphan that ended stays a zombie until init collects it, which some containers never do.
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _failure(name: str, what: str, log: Path, start: int) -> EmbeddedServerError:
    tail = _log_tail(log, start)
    if not tail:
        return EmbeddedServerError(f"{name} {what}, and has written nothing to its log ({log})")
    return EmbeddedServerError(f"{name} {what}; correct what the end of its log says and start again ({log}):\n{tail}")
