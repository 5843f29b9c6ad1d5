"""Where what is kept of failed tests goes."""

import os
import re
from pathlib import Path

from e2e.commands import REPOSITORY

FOLDER = Path(os.environ.get("E2E_ARTIFACTS", REPOSITORY / "artifacts/e2e"))


def folder_of(test: str) -> Path:
    """A folder of the test's own, which exists."""
    folder = FOLDER / re.sub(r"[^\w.-]+", "-", test).strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
