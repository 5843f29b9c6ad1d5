"""`tilt ci` builds everything from the sources and ends green; `tilt up` follows edits; other clusters are refused."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e import guide
from e2e.cluster.installation import NAME, URL
from e2e.cluster.kube import CONTEXT, SCHOOL, SYSTEM, condition, helm, kubectl, listed
from e2e.commands import REPOSITORY, attempt, free_port, run
from e2e.waiting import eventually

TILT = ("tilt", "ci", "--context", CONTEXT, "--port", "0")


def test_another_context_is_refused(tmp_path: Path) -> None:
    """Proves: nobody installs the development set-up into production by mistake."""
    config = tmp_path / "config"
    server = ("--server", "https://127.0.0.1:1", "--kubeconfig", str(config))
    run("kubectl", "config", "set-cluster", "production", *server)
    run("kubectl", "config", "set-context", "production", "--cluster", "production", "--kubeconfig", str(config))
    run("kubectl", "config", "use-context", "production", "--kubeconfig", str(config))

    done = attempt("tilt", "ci", "--port", "0", env={"KUBECONFIG": str(config)})

    assert done.returncode != 0
    assert "for kind clusters" in done.stdout + done.stderr


@pytest.fixture
def bare(installed: None) -> None:
    """The cluster without what the suite installed, servers and data included."""
    helm("uninstall", "quiz", "--namespace", SCHOOL, "--wait", "--timeout", "120s")
    helm("uninstall", "ingestor-operator", "--namespace", SYSTEM, "--wait", "--timeout", "120s")
    kubectl("delete", "--kustomize", "k8s/dev", "--timeout", "180s", seconds=200)


def test_tilt_ci_ends_green(bare: None) -> None:
    """Proves: on an empty cluster, one command builds, installs and waits until the product is Ready."""
    run(*TILT, "--timeout", "10m", seconds=660)

    assert condition("quiz", "Ready") == "True"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The checkout's files, to edit."""
    for file in filter(None, run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")):
        target = tmp_path / "copy" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / file, target)
    return tmp_path / "copy"


@contextmanager
def tilt_up(folder: Path) -> Iterator[None]:
    """`tilt up` in the folder, with everything ready."""
    port = str(free_port())
    command = ["tilt", "up", "--stream", "--context", CONTEXT, "--port", port]
    with (folder.parent / "tilt.log").open("w+") as log:
        tilt = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait = (
                "tilt",
                "wait",
                "--port",
                port,
                "--for",
                "condition=Ready",
                "--timeout",
                "20s",
                "uiresource/quiz-api",
            )
            eventually(lambda: attempt(*wait).returncode == 0, 600, "tilt up has everything ready")
            yield
        except AssertionError as error:
            error.add_note((folder.parent / "tilt.log").read_text())
            raise
        finally:
            tilt.terminate()
            tilt.wait(60)


def test_an_edit_reaches_the_running_program(copy: Path) -> None:
    """Proves: a changed Python file is copied into the running container, which starts its program again; no image is
    built for it, and no pod replaced."""
    source = copy / "services/api/ingestor_api/app.py"
    with tilt_up(copy):
        before = api_pods()
        source.write_text(source.read_text().replace('title="Analytics Ingestor"', 'title="Edited"'))
        eventually(lambda: title() == "Edited", 90, "the API answers with the edit")

    assert api_pods() == before


def title() -> str:
    """What the API calls itself."""
    return str(guide.call(URL, "/openapi.json").body["info"]["title"])


def api_pods() -> list[tuple[str, int]]:
    """The API's pods and how often their containers were started again."""
    pods = listed("pods", f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component=api")
    return [(pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"]) for pod in pods]
