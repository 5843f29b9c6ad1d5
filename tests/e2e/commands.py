"""Programs that the tests run as a person would, with their words in the failure."""

import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def run(*command: str, stdin: str | None = None, env: Mapping[str, str] | None = None, seconds: float = 120) -> str:
    """What the command prints. Raises AssertionError with all its words where it ends with another code than 0."""
    done = attempt(*command, stdin=stdin, env=env, seconds=seconds)
    assert done.returncode == 0, f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def attempt(
    *command: str, stdin: str | None = None, env: Mapping[str, str] | None = None, seconds: float = 120
) -> "subprocess.CompletedProcess[str]":
    """The ended command, however it ended."""
    return subprocess.run(
        command,
        input=stdin,
        cwd=REPOSITORY,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
