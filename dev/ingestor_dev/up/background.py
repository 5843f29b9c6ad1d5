"""One server of the stack in the background, for services that run alone in a terminal (`make kafka`, `make database`).

A supervisor process holds the server: it ends with it, and `make stop` ends it by the id in its pid file.
"""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psutil

from ingestor_dev.embedded.errors import EmbeddedServerError

_START_SECONDS = 180.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.05


class Server(Protocol):
    """What a supervisor holds."""

    def stop(self) -> bool: ...


def start(name: str, home: Path) -> bool:
    """Start the supervisor of `name` and wait until its server is ready; False when it runs already.

    Raises EmbeddedServerError with what the supervisor said where it failed.
    """
    if _running(name, home) is not None:
        return False
    (home / "run").mkdir(parents=True, exist_ok=True)
    # A supervisor that was killed leaves it: that is not the word of the one that starts now.
    _ready(name, home).unlink(missing_ok=True)
    log = _log(name, home)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ingestor_dev.main", "supervise", name],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not _ready(name, home).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedServerError(f"{name} did not start:\n{log.read_text(errors='replace').rstrip()}")
        time.sleep(_POLL_SECONDS)
    return True


def supervise(name: str, home: Path, start_server: Callable[[], Server]) -> None:
    """Hold the server until SIGTERM; what the background process runs."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    _pid(name, home).write_text(str(psutil.Process().pid))
    server = start_server()
    try:
        _ready(name, home).touch()
        told.wait()
    finally:
        _ready(name, home).unlink(missing_ok=True)
        server.stop()
        _pid(name, home).unlink(missing_ok=True)


def stop(name: str, home: Path) -> bool:
    """Stop the server and its supervisor; False when it did not run."""
    process = _running(name, home)
    if process is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        process.wait(_STOP_SECONDS)
    return True


def _running(name: str, home: Path) -> psutil.Process | None:
    """The supervisor, if it runs; an id that another program has got since does not count."""
    try:
        process = psutil.Process(int(_pid(name, home).read_text()))
        return process if {"supervise", name} <= set(process.cmdline()) else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _pid(name: str, home: Path) -> Path:
    return home / "run" / f"{name}.pid"


def _ready(name: str, home: Path) -> Path:
    return home / "run" / f"{name}.ready"


def _log(name: str, home: Path) -> Path:
    return home / "run" / f"{name}.log"
