"""Run a test command; where at most three tests fail, run those once more, alone. Only the standard library is needed.

python scripts/rerun_failed.py --again ".venv/bin/pytest" -- make test

COMMAND runs pytest somewhere beneath it; `--again` is what runs the tests whose ids are added to it. What passes then
is printed as `flaky: ID` and ends with 0. More than three failures, a test that fails again, a collection error, a
crash, an interruption, or a command that fails for another reason end with the command's own status.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from pytest_outcomes import FILE_VARIABLE, FLAKY_VARIABLE, Outcomes, read_outcomes

MOST_FAILURES: Final = 3

_TESTS_FAILED: Final = 1
"""pytest's exit status where all tests ran and some failed; interruptions, crashes and wrong usage have others."""


def main(arguments: list[str]) -> int:
    """Run as the arguments say; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--again", required=True, type=shlex.split, help="the command that the tests' ids are added to")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="test-run-") as folder:
        status, outcomes = _run(chosen.command, Path(folder, "first.json"))
        if status == 0 or not _may_run_again(outcomes):
            return status
        failed = outcomes.failed
        print(f"\n{len(failed)} of the tests failed; they run once more, alone", flush=True)
        again, repeated = _run([*chosen.again, *failed], Path(folder, "again.json"), print_flaky=True)
        return 0 if again == 0 and set(failed) <= set(repeated.passed) else status


def _may_run_again(outcomes: Outcomes) -> bool:
    """Only whole runs whose tests alone are at fault: what a broken run reports says little of what it left out."""
    few = 1 <= len(outcomes.failed) <= MOST_FAILURES
    return few and outcomes.exit_status == _TESTS_FAILED and not outcomes.broken


def _run(command: list[str], file: Path, *, print_flaky: bool = False) -> tuple[int, Outcomes]:
    here = str(Path(__file__).resolve().parent)
    inherited = os.environ.get("PYTHONPATH")
    environment = os.environ | {
        "PYTHONPATH": f"{here}{os.pathsep}{inherited}" if inherited else here,
        "PYTEST_ADDOPTS": f"{os.environ.get('PYTEST_ADDOPTS', '')} -p pytest_outcomes".strip(),
        FILE_VARIABLE: str(file),
        FLAKY_VARIABLE: "1" if print_flaky else "",
    }
    status = subprocess.run(command, env=environment, check=False).returncode
    return status, read_outcomes(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
