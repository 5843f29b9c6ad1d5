"""What fails is run once more, alone, if it is at most three tests; tried with suites in a folder of their own."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "rerun_failed.py"

# Each test that is flaky fails the first time that it runs, and leaves a file that says so.
HEAD = """
import os, pytest
from pathlib import Path

def fail_once(name):
    seen = Path("seen-" + name)
    if not seen.exists():
        seen.touch()
        raise AssertionError(name)

@pytest.mark.parametrize("number", range(20))
def test_good(number): pass
"""
WORKERS = ("-p", "xdist", "-n", "2", "--max-worker-restart", "0")


@dataclass(frozen=True)
class Ended:
    status: int
    output: str

    @property
    def flaky(self) -> list[str]:
        return re.findall(r"^flaky: (.*)$", self.output, flags=re.M)

    @property
    def closing_lines(self) -> list[str]:
        """How each pytest ended, in its own words."""
        return re.findall(r"^(?:=+ )?(.*?) in [\d.]+s\b", self.output, flags=re.M)

    @property
    def last_line(self) -> str:
        return self.output.rstrip().splitlines()[-1]


def run(folder: Path, suite: str, *options: str, after: str = "") -> Ended:
    """Write the suite and run it as `.ci/run` does: pytest beneath another command."""
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (folder / "test_suite.py").write_text(HEAD + suite, encoding="utf-8")
    pytest_command = f"{sys.executable} -m pytest"
    whole = ["sh", "-c", f'{pytest_command} "$@" {after}', "sh", *options]
    done = subprocess.run(
        [sys.executable, SCRIPT, "--again", pytest_command, "--", *whole],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Ended(done.returncode, done.stdout)


def flaky_tests(count: int) -> str:
    return f"""
@pytest.mark.parametrize("number", range({count}))
def test_flaky(number): fail_once(str(number))
"""


@pytest.mark.parametrize("options", [(), WORKERS])
def test_a_run_that_passes_is_not_repeated(tmp_path: Path, options: tuple[str, ...]) -> None:
    ended = run(tmp_path, "", *options)

    assert (ended.status, ended.flaky, ended.closing_lines) == (0, [], ["20 passed"])


@pytest.mark.parametrize(("count", "options"), [(1, ()), (3, ()), (1, WORKERS), (3, WORKERS)])
def test_up_to_three_failures_that_pass_alone_are_named_flaky(
    tmp_path: Path, count: int, options: tuple[str, ...]
) -> None:
    ended = run(tmp_path, flaky_tests(count), *options)

    assert ended.status == 0, ended.output
    assert sorted(ended.flaky) == [f"test_suite.py::test_flaky[{number}]" for number in range(count)]
    assert ended.closing_lines == [f"{count} failed, 20 passed", f"{count} passed"]
    assert f"{count} passed" in ended.last_line


def test_four_failures_are_not_repeated(tmp_path: Path) -> None:
    ended = run(tmp_path, flaky_tests(4))

    assert (ended.status, ended.flaky) == (1, [])
    assert ended.closing_lines == ["4 failed, 20 passed"]


def test_a_test_that_fails_again_fails_the_run_and_the_other_is_still_named(tmp_path: Path) -> None:
    ended = run(tmp_path, flaky_tests(1) + "\ndef test_bad(): assert False\n")

    assert (ended.status, ended.flaky) == (1, ["test_suite.py::test_flaky[0]"])
    assert ended.closing_lines == ["2 failed, 20 passed", "1 failed, 1 passed"]


@pytest.mark.parametrize("phase", ["setup", "teardown"])
def test_errors_of_fixtures_are_failures_of_their_test(tmp_path: Path, phase: str) -> None:
    steps = ["fail_once('fixture')", "yield"] if phase == "setup" else ["yield", "fail_once('fixture')"]
    fixture = "\n@pytest.fixture\ndef thing():\n" + "".join(f"    {step}\n" for step in steps)

    ended = run(tmp_path, fixture + "\ndef test_of_thing(thing): pass\n")

    assert (ended.status, ended.flaky) == (0, ["test_suite.py::test_of_thing"]), ended.output


# Three at a time: more failures are not repeated.
ODD = [
    ["a b", "a::b", "["],
    ["]", "a]b[c", "é ☃"],
    ["'\"", "$HOME `x` \\", "-x"],
    ["", "a\nb\x00", "@file"],
    ["*?", "a/b.py::c[d]", "100%\\"],
]


@pytest.mark.parametrize("texts", ODD, ids=range(len(ODD)))
def test_ids_with_odd_characters_are_run_again(tmp_path: Path, texts: list[str]) -> None:
    suite = f"""
@pytest.mark.parametrize("text", {texts!r})
def test_odd(text): fail_once(str({texts!r}.index(text)))
@pytest.mark.parametrize("text", {texts!r})
def test_good_beside(text): pass
"""
    ended = run(tmp_path, suite, *WORKERS)

    assert (ended.status, len(ended.flaky)) == (0, 3), ended.output
    assert ended.closing_lines == ["3 failed, 23 passed", "3 passed"]


def test_a_test_that_is_skipped_the_second_time_has_not_passed(tmp_path: Path) -> None:
    suite = """
def test_skips():
    if Path("seen-skip").exists(): pytest.skip("not now")
    fail_once("skip")
"""
    ended = run(tmp_path, suite)

    assert (ended.status, ended.flaky) == (1, [])


BROKEN = {
    "collection error": ("\nraise RuntimeError('at import')\n", ()),
    "interrupted": ("\ndef test_interrupts(): raise KeyboardInterrupt\n", ()),
    "exit": ("\ndef test_exits(): pytest.exit('enough', returncode=1)\n", ()),
    "crash": ("\ndef test_crashes(): os._exit(1)\n", ()),
    "worker's crash": ("\ndef test_crashes(): os._exit(1)\n", WORKERS),
    "stopped at the first failure": ("\ndef test_fails(): fail_once('x')\ndef test_left_out(): pass\n", ("-x",)),
    "wrong usage": ("", ("--no-such-option",)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_run_that_did_not_end_by_itself_fails(tmp_path: Path, name: str) -> None:
    suite, options = BROKEN[name]
    if name == "collection error":
        (tmp_path / "test_other.py").write_text(HEAD + flaky_tests(1))

    ended = run(tmp_path, flaky_tests(1) + suite, *options)

    assert ended.status != 0, ended.output
    assert ended.flaky == []


def test_a_command_that_fails_after_its_tests_passed_fails(tmp_path: Path) -> None:
    ended = run(tmp_path, "", after="&& exit 7")

    assert (ended.status, ended.flaky) == (7, [])


def test_a_pytest_that_a_test_starts_records_nothing(tmp_path: Path) -> None:
    suite = """
def test_starts_another():
    import subprocess, sys
    Path("inner").mkdir(exist_ok=True)
    Path("inner/test_inner.py").write_text("def test_inner(): assert False")
    assert subprocess.run([sys.executable, "-m", "pytest", "inner"], capture_output=True).returncode == 1
    fail_once("outer")
"""
    ended = run(tmp_path, suite)

    assert (ended.status, ended.flaky) == (0, ["test_suite.py::test_starts_another"]), ended.output
