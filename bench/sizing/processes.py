"""What the operating system says a process and all that it started have used (Linux)."""

import contextlib
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu_seconds` since the process began, in user and system mode; `memory_bytes` now."""

    cpu_seconds: float
    memory_bytes: int


def usage(pid: int) -> Usage:
    """The usage of a process, its descendants, and those of them that have ended and were waited for.

    A single process counts with its resident memory, which is what a container is charged with. Several that share
    pages, as Postgres' do, count each page once (proportional set sizes, proc_pid_smaps(5)).
    """
    root = psutil.Process(pid)
    # The root last: what ends in the meantime is then counted among its ended children.
    family = [*root.children(recursive=True), root]
    seconds, memory = 0.0, 0
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            seconds += _cpu_seconds(process)
            memory += process.memory_full_info().pss if len(family) > 1 else process.memory_info().rss
    return Usage(seconds, memory)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)
