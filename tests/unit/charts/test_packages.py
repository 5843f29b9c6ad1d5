"""The step of docs/releasing.md that packages the charts makes the files that the steps after it name."""

import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from unit.charts.helm import CHARTS, REPOSITORY

PAGE = (REPOSITORY / "docs/releasing.md").read_text()
_STEP = re.compile(r"^ +for chart in (.+); do\n +(helm package .+)\n +helm push (\S+) ", re.MULTILINE)
[(LISTED, PACKAGE, PUSHED)] = _STEP.findall(PAGE)
EXAMPLE = "0.2.0"
"""The version that the page releases."""


def members(archive: Path) -> set[str]:
    """Names of the files in a package, without the chart's folder."""
    with tarfile.open(archive) as packed:
        return {name.partition("/")[2] for name in packed.getnames()}


def test_every_chart_is_packaged() -> None:
    assert sorted(LISTED.split()) == sorted(path.parent.name for path in CHARTS.glob("*/Chart.yaml"))


@pytest.mark.parametrize("chart", LISTED.split())
def test_the_package_has_the_name_that_is_pushed(chart: str, tmp_path: Path) -> None:
    meta = yaml.safe_load((CHARTS / chart / "Chart.yaml").read_text())
    command = PACKAGE.replace("dist/charts", str(tmp_path / "dist/charts"))
    subprocess.run(["bash", "-euc", f"chart={chart}; {command}"], cwd=REPOSITORY, check=True, timeout=60)

    [made] = (tmp_path / "dist/charts").iterdir()
    named = PUSHED.replace("$chart", chart).replace(EXAMPLE, meta["version"])
    assert f"dist/charts/{made.name}" == named
    assert "`dist/charts/*`" in PAGE
    assert {"Chart.yaml", "values.yaml", "values.schema.json", "README.md"} <= members(made)
