"""The charts as helm renders them; nothing is asked of a cluster."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[3]
CHARTS = REPOSITORY / "charts"
SHAPES = sorted(
    (chart, shape.name.removesuffix("-values.yaml"))
    for chart in ("ingestor", "ingestor-operator")
    for shape in (CHARTS / chart / "ci").glob("*-values.yaml")
)


def helm(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The ended command."""
    return subprocess.run(["helm", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)


def values(chart: str, shape: str) -> tuple[str, str]:
    """Helm's option for the values of a supported shape."""
    return "--values", str(CHARTS / chart / "ci" / f"{shape}-values.yaml")


def rendered(chart: str, *options: str) -> str:
    """The manifests. Raises AssertionError with helm's words where it refuses the values."""
    done = helm("template", "quiz", f"charts/{chart}", "--namespace", "school", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(text: str) -> list[dict[str, Any]]:
    """The manifests as objects."""
    return [body for body in yaml.safe_load_all(text) if body]


def the(kind: str, text: str) -> dict[str, Any]:
    """The one object of a kind."""
    found = [body for body in objects(text) if body["kind"] == kind]
    assert len(found) == 1, [body["metadata"]["name"] for body in found]
    return found[0]
