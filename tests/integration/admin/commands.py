"""`ingestor-admin` as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

Finished = subprocess.CompletedProcess[str]

_SECONDS = 60


def admin(environment: Mapping[str, str], *arguments: str, given: str = "") -> Finished:
    """Run the command; `given` is its standard input."""
    return subprocess.run(
        [Path(sys.executable).with_name("ingestor-admin"), *arguments],
        env={"PYTHONFAULTHANDLER": "1", "PATH": os.environ["PATH"], **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
