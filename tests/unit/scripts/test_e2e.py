"""scripts/e2e hands its arguments to pytest, and its tests may take twenty minutes; tried without a cluster."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
TOOLS = ("docker", "kind", "kubectl", "helm", "tilt")
SUITE = """
import time
import pytest

now = time.monotonic

@pytest.mark.parametrize("name", ["install", "scaling"])
def test_cluster(name):
    time.monotonic = lambda: now() + {seconds}

def test_that_fails():
    assert {passes}
"""


@dataclass(frozen=True)
class Ended:
    status: int
    lines: list[str]

    def has(self, words: str) -> bool:
        return any(words in line for line in self.lines)


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the script and the limit, and tools that do nothing."""
    for tool in TOOLS:
        executable(tmp_path / "bin" / tool, "exit 0")
    executable(tmp_path / "scripts/images", "exit 0")
    executable(tmp_path / ".venv/bin/pytest", f'exec {sys.executable} -m pytest -p pytest_timeout "$@"')
    for file in ("scripts/e2e", "operator/pyproject.toml", "tests/e2e/conftest.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / file, tmp_path / file)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider --import-mode=importlib\n")
    return tmp_path


def run(checkout: Path, *arguments: str, seconds: int = 0, passes: bool = True) -> Ended:
    """The end of scripts/e2e, with tests by which so many seconds have passed."""
    file = checkout / "tests/e2e/cluster/test_cluster.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(SUITE.format(seconds=seconds, passes=passes))
    rerun = [sys.executable, str(REPOSITORY / "scripts/rerun_failed.py"), "--again", "scripts/e2e", "--"]
    done = subprocess.run(
        [*rerun, "scripts/e2e", *arguments],
        cwd=checkout,
        env={
            "PATH": f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(checkout),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout.splitlines())


def test_all_of_them_run_and_the_end_says_how_long_they_took(checkout: Path) -> None:
    ended = run(checkout, seconds=1_000)
    assert ended.status == 0, ended
    assert ended.has("3 passed")
    assert ended.has("the end-to-end tests took 1,000 s of at most 1,200 s") or ended.has("took 1,001 s of at most")


@pytest.mark.parametrize(
    "arguments",
    [
        ("tests/e2e/cluster", "-k", "scaling"),
        ("tests/e2e/cluster/test_cluster.py::test_cluster[scaling]",),
        ("-x", "tests/e2e/cluster/test_cluster.py", "-k", "scaling and not install"),
    ],
    ids=["by word", "by name", "by file"],
)
def test_single_tests_are_chosen_by_arguments(checkout: Path, arguments: tuple[str, ...]) -> None:
    ended = run(checkout, *arguments)
    assert ended.status == 0, ended
    assert ended.has("1 passed")
    assert ended.has("the end-to-end tests took")


@pytest.mark.parametrize("passes", [True, False])
def test_more_than_twenty_minutes_fail_whatever_a_second_try_would_say(checkout: Path, passes: bool) -> None:
    ended = run(checkout, seconds=1_210, passes=passes)
    assert ended.status == 1, ended
    assert ended.has("which is more than the 1,200 s that they may take")
    assert not ended.has("they run once more, alone")


def test_a_test_that_fails_in_time_gets_its_second_try(checkout: Path) -> None:
    ended = run(checkout, passes=False)
    assert ended.status == 1, ended
    assert ended.has("1 of the tests failed; they run once more, alone")
