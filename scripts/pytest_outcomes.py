"""A pytest plugin that records what became of the tests, for rerun_failed.py.

It does nothing unless INGESTOR_OUTCOMES_FILE names the file to write; a pytest that a test starts writes nothing there.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

FILE_VARIABLE: Final = "INGESTOR_OUTCOMES_FILE"
FLAKY_VARIABLE: Final = "INGESTOR_PRINT_FLAKY"

_PHASES: Final = ("setup", "call", "teardown")


@dataclass
class Outcomes:
    """The node ids of the tests that passed and that failed, pytest's exit status, and what else went wrong.

    `exit_status` is None where the session did not end by itself; `broken` names collection errors and crashes.
    """

    exit_status: int | None = None
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def read_outcomes(file: Path) -> Outcomes:
    """What was recorded in `file`; nothing passed and nothing failed where it does not exist."""
    try:
        return Outcomes(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Outcomes()


class _Recorder:
    def __init__(self, file: Path, print_flaky: bool) -> None:
        self._file = file
        self._print_flaky = print_flaky
        self._passed: dict[str, None] = {}
        self._failed: dict[str, None] = {}
        self._broken: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._broken.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.when not in _PHASES:
            # The worker died; whatever else it would have run is unknown.
            self._broken.append(report.nodeid)
        elif report.failed:
            self._failed[report.nodeid] = None
        elif report.passed and report.when == "call":
            self._passed[report.nodeid] = None

    def pytest_internalerror(self) -> None:
        self._broken.append("pytest itself")

    def pytest_keyboard_interrupt(self) -> None:
        self._broken.append("an interruption, or pytest.exit()")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if session.shouldfail or session.shouldstop:
            self._broken.append("stopped before all tests had run")
        outcomes = Outcomes(int(exitstatus), self._names_of_passed(), list(self._failed), self._broken)
        self._file.write_text(json.dumps(asdict(outcomes)), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        # Here, so that the last line stays pytest's own.
        for name in self._names_of_passed() if self._print_flaky else ():
            terminalreporter.write_line(f"flaky: {name}")

    def _names_of_passed(self) -> list[str]:
        return [name for name in self._passed if name not in self._failed]


def pytest_configure(config: pytest.Config) -> None:
    """Record in this process; workers, and a pytest that a test starts, find the variable gone."""
    file = os.environ.pop(FILE_VARIABLE, None)
    print_flaky = bool(os.environ.pop(FLAKY_VARIABLE, ""))
    if file:
        config.pluginmanager.register(_Recorder(Path(file), print_flaky))
