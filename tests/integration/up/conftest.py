"""A folder to run `make up` in."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.up.running_up import PROGRAM


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to run in; its data is removed by the product's own command."""
    home = tmp_path_factory.mktemp("checkout")
    yield home
    subprocess.run([PROGRAM, "clean"], cwd=home, check=True)
