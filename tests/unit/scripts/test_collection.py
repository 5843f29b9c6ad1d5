"""Every test in the tree is run by `make test`, `make test-long` or `make e2e`."""

import ast
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


def written() -> Iterator[str]:
    """Each test function that stands in a file beneath tests, as `file::[class::]function`."""
    for file in (REPOSITORY / "tests").rglob("*.py"):
        tree = ast.parse(file.read_bytes())
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test")]
        for prefix, body in (("", tree.body), *((f"{node.name}::", node.body) for node in classes)):
            for node in body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    yield f"{file.relative_to(REPOSITORY)}::{prefix}{node.name}"


def handed_to_pytest(target: str) -> list[str]:
    """The folders that a target of the Makefile hands to pytest, and what it chooses of them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    printed = subprocess.run(
        ["make", "--dry-run", target], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    ).stdout
    words = shlex.split(next(line for line in printed.splitlines() if line.startswith(".venv/bin/pytest ")))
    return [word for word in words if word.startswith("tests")] + words[words.index("-m") :]


def folders_of_make_e2e() -> list[str]:
    """What scripts/e2e hands to pytest where nothing else is asked for."""
    found = re.search(r"\|\| set -- (.+)", (REPOSITORY / "scripts/e2e").read_text())
    assert found is not None
    return shlex.split(found[1])


def collected(arguments: list[str]) -> set[str]:
    """The tests that pytest finds there, without their parameters."""
    command = [".venv/bin/pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}


def test_every_test_of_the_tree_is_collected() -> None:
    quick, long = (collected(handed_to_pytest(target)) for target in ("test", "test-long"))
    assert quick
    assert long
    assert set(written()) - quick - long - collected(folders_of_make_e2e()) == set()
