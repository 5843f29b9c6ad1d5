"""What the images promise: small, unprivileged, on a read-only file system, the same from the same sources.

`TAG` chooses others than those of this version, as it does for scripts/images: `PLATFORMS=linux/arm64 TAG=arm64`.
"""

import json
import os
import re
import signal
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from e2e.commands import REPOSITORY, attempt, run
from e2e.layers import layers
from e2e.waiting import eventually
from packaging.requirements import Requirement

VERSION = str(tomllib.loads((REPOSITORY / "operator/pyproject.toml").read_text())["project"]["version"])
TAG = os.environ.get("TAG", VERSION)
IMAGES = ("api", "consumer", "operator")
HARDENED = ("--read-only", "--user", "65532:65532", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
SCRATCH = "/tmp"  # noqa: S108 - the container's own
MEGABYTE = 1_000_000


def image(name: str) -> str:
    """The image's full name."""
    return f"analytics-ingestor/{name}:{TAG}"


def inspected(reference: str) -> dict[str, Any]:
    """What the engine knows of an image."""
    found: dict[str, Any] = json.loads(run("docker", "image", "inspect", reference))[0]
    return found


def inside(name: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """A command in a container of the image, as hardened as in production."""
    return attempt("docker", "run", "--rm", *HARDENED, "--tmpfs", SCRATCH, image(name), *command)


@pytest.mark.parametrize("name", IMAGES)
def test_it_is_smaller_than_200_megabytes(name: str) -> None:
    assert inspected(image(name))["Size"] < 200 * MEGABYTE


@pytest.mark.parametrize("name", IMAGES)
def test_it_runs_as_nobody_in_particular_and_says_what_it_is(name: str) -> None:
    config = inspected(image(name))["Config"]

    assert config["User"] == "65532:65532"
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in config["Labels"].items()}
    assert labels["version"] == VERSION
    assert {"title", "description", "revision", "created", "base.name"} <= labels.keys()


@pytest.mark.parametrize("name", IMAGES)
def test_what_it_holds_is_listed(name: str) -> None:
    listed = json.loads((REPOSITORY / f"dist/sbom/{name}-{TAG}.cdx.json").read_text())
    held = {component["name"]: component["version"] for component in listed["components"]}
    lines = re.findall(r"^[a-z0-9].*==[^\\\n]*", (REPOSITORY / f"requirements/{name}.txt").read_text(), re.M)
    # Some are for Pythons of other platforms alone.
    here = {"sys_platform": "linux", "platform_system": "Linux", "python_full_version": held["python"]}
    pinned = [one for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate(here)]

    assert listed["metadata"]["component"]["name"] == f"analytics-ingestor/{name}"
    assert pinned
    assert {one.name: f"=={held.get(one.name)}" for one in pinned} == {one.name: str(one.specifier) for one in pinned}
    assert held[f"ingestor-{name}"] == VERSION
    assert {"libc6", "python"} <= held.keys()


@pytest.mark.parametrize("name", IMAGES)
def test_it_has_no_compiler_no_pip_and_no_package_manager(name: str) -> None:
    for tool in ("pip", "pip3", "gcc", "cc", "make", "apt-get", "perl"):
        assert inside(name, "sh", "-c", f"command -v {tool}").returncode != 0, tool
    assert "No module named pip" in inside(name, "python", "-m", "pip").stderr
    assert not inside(name, "find", "/", "-xdev", "-perm", "/6000", "-type", "f").stdout


@pytest.mark.parametrize(
    ("name", "command"),
    [("api", "ingestor-admin"), ("consumer", "ingestor-consumer"), ("operator", "ingestor-operator")],
)
def test_its_commands_run_read_only(name: str, command: str) -> None:
    done = inside(name, command, "--version")

    assert done.returncode == 0, done.stderr
    assert VERSION in done.stdout


@pytest.mark.parametrize(("name", "port"), [("api", 8080), ("consumer", 9090)])
def test_its_service_is_alive_read_only_and_stops_cleanly(name: str, port: int) -> None:
    """Without Kafka and Postgres: every service starts, and stops on SIGTERM with 0."""
    environment = ("--env", f"JWT_SECRET={'s' * 32}", "--env", "KAFKA_ENABLED=true", "--env", "METRICS_PORT=9090")
    box = run("docker", "run", "--detach", *HARDENED, "--tmpfs", SCRATCH, *environment, image(name)).strip()
    asks = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/healthz', timeout=2)"
    try:
        eventually(lambda: attempt("docker", "exec", box, "python", "-c", asks).returncode == 0, 60, f"{name} is alive")
        run("docker", "stop", "--time", "30", box)
        assert run("docker", "inspect", "--format", "{{.State.ExitCode}}", box).strip() == "0"
    finally:
        run("docker", "rm", "--force", box)


def _handles_sigterm(box: str) -> bool:
    """Whether the container's first process has a handler for SIGTERM."""
    status = attempt("docker", "exec", box, "grep", "SigCgt", "/proc/1/status").stdout
    return bool(status) and bool(int(status.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("name", IMAGES)
def test_it_can_be_stopped_while_it_starts(name: str) -> None:
    """Proves: a pod deleted in its first moment does not run on until it is killed."""
    slow = ("--cpus", "0.1", "--env", f"JWT_SECRET={'s' * 32}")
    box = run("docker", "run", "--detach", *HARDENED, "--tmpfs", SCRATCH, *slow, image(name)).strip()
    try:
        eventually(lambda: _handles_sigterm(box), 20, "Python itself has started", every=0.05)
        run("docker", "stop", "--time", "30", box)
        assert run("docker", "inspect", "--format", "{{.State.ExitCode}}", box).strip() == "143"
    finally:
        run("docker", "rm", "--force", box)


@pytest.mark.parametrize("name", IMAGES)
def test_the_same_sources_give_the_same_layers(name: str, tmp_path: Path) -> None:
    """Proves: dates, owners, modes and bytecode do not depend on when and where the image is built."""
    folder = name if name == "operator" else f"services/{name}"
    again = f"analytics-ingestor/{name}:again"
    built = ("docker", "build", "--quiet", "--no-cache", "--tag", again, "--file", f"{folder}/Dockerfile", ".")

    run(*built, env={"DOCKER_BUILDKIT": "1"}, seconds=400)
    try:
        before, after = layers(image(name), tmp_path / "before.tar"), layers(again, tmp_path / "after.tar")
    finally:
        run("docker", "image", "rm", again)

    differing = [sorted({entry.path for entry in one ^ other}) for one, other in zip(before, after, strict=True)]
    assert differing == [[] for _ in before]
    assert "opt/ingestor/bin/python" in {entry.path for layer in before for entry in layer}
