"""The charts render, for every supported shape, exactly what is kept in golden/.

Write the files anew with: UPDATE_GOLDEN=1 pytest tests/unit/charts
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from unit.charts.helm import REPOSITORY, SHAPES, helm, rendered, values

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(("chart", "shape"), SHAPES)
def test_every_shape_renders_what_is_kept(chart: str, shape: str) -> None:
    text = rendered(chart, *values(chart, shape))
    # The one thing that is drawn: the token secret of a first installation.
    text = re.sub(r"(jwt-secret: )\"[A-Za-z0-9+/]{80,}=*\"$", r"\1DRAWN", text, flags=re.M)
    # The CRD is compared with its own source.
    text = re.sub(r"# Source: ingestor-operator/templates/crd.yaml\n.*?(?=\n---|\Z)", "# the CRD", text, flags=re.S)
    kept = GOLDEN / f"{chart}-{shape}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_text(text)

    assert text == kept.read_text()


@pytest.mark.parametrize(("chart", "shape"), SHAPES)
def test_every_shape_passes_lint(chart: str, shape: str) -> None:
    done = helm("lint", "--strict", f"charts/{chart}", *values(chart, shape))

    assert done.returncode == 0, done.stdout


def test_copies_schema_and_readmes_are_as_their_sources() -> None:
    script = [sys.executable, "scripts/chart_files.py", "--check"]
    done = subprocess.run(script, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
