"""Programs of ours that end by themselves."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROGRAMS = Path(sys.executable).parent
_SECONDS = 30


def run(program: tuple[str, ...], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run it to its end with `environment` alone (and the PATH)."""
    return subprocess.run(
        [PROGRAMS / program[0], *program[1:]],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
