"""The operating system's accounting, read for a process and all that it starts."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.sizing.processes import usage

MIB = 1024**2

# Two children that each use a third of a second: one has ended, one is still there.
BURNING = """
import os, time
for lives_on in (False, True):
    if os.fork() == 0:
        while time.process_time() < 0.33:
            pass
        print("burnt", flush=True)
        if lives_on:
            time.sleep(60)
        os._exit(0)
    if not lives_on:
        os.wait()
time.sleep(60)
"""

# A child that has the parent's 64 MiB in common with it, and nothing of its own.
SHARING = """
import os, time
data = b"x" * (64 * 1024 * 1024)
if os.fork() == 0:
    print("forked", flush=True)
time.sleep(60)
"""


@contextmanager
def running(program: str, lines: int) -> Iterator[int]:
    """The program's process id, once it has printed so many lines."""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        for _ in range(lines):
            assert process.stdout.readline()
        try:
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def test_children_count_whether_they_live_or_have_ended() -> None:
    with running(BURNING, lines=2) as pid:
        assert usage(pid).cpu_seconds >= 0.6


def test_memory_that_processes_share_counts_once() -> None:
    with running(SHARING, lines=1) as pid:
        assert 64 * MIB <= usage(pid).memory_bytes < 100 * MIB
