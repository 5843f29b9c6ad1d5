"""The commands of a page of the documentation, run as they stand there.

Each block of commands in such a page stands behind a comment: `<!-- run: NAME -->` where a test runs it, or
`<!-- not run: WHY -->`.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

DISASTER = Path(__file__).parents[1] / "docs/operations/disaster.md"

_SECONDS = 240
# The lines behind the comment that are indented as code, further than the comment itself, with blank ones between them.
_BLOCK = re.compile(r"^( *)<!-- run: (\S+) -->\n\n((?:\1 {4}.*\n|\n)+)", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page's blocks by their names."""

    blocks: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> "Page":
        """Raises AssertionError where two blocks have one name."""
        found = _BLOCK.findall(path.read_text())
        blocks = {name: dedent(text).strip() + "\n" for _, name, text in found}
        assert len(blocks) == len(found), "two blocks have one name"
        return cls(blocks)

    def script(self, *names: str, **others: str) -> str:
        """The blocks in this order, with other hosts, folders and times than the page's; each has to be there."""
        text = "".join(self.blocks[name] for name in names)
        for name, other in others.items():
            written = WRITTEN[name]
            assert written in text, f"{names} do not say {written}"
            text = text.replace(written, other)
        return text


WRITTEN = {
    "server": "PASSWORD@postgres.example.com:5432",
    "archive": "/archive/",
    "moment": "2026-11-30 09:15:00+00",
    "kafka": "kafka:9092",
    "topic": "quiz-events",
}
"""What stands in the page for what is another thing in each installation."""


def run_shell(script: str, folder: Path, environment: Mapping[str, str], seconds: float = _SECONDS) -> str:
    """What the commands print, run in `folder`. Raises AssertionError with their words where one fails."""
    done = attempt_shell(script, folder, environment, seconds)
    assert done.returncode == 0, f"{script}\nended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def attempt_shell(
    script: str, folder: Path, environment: Mapping[str, str], seconds: float = _SECONDS
) -> "subprocess.CompletedProcess[str]":
    """The ended commands; the first that fails ends them."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
