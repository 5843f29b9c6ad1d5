"""`tilt ci` builds everything from the sources and ends green; other clusters than kind's are refused."""

from pathlib import Path

import pytest
from e2e.cluster.kube import CONTEXT, SCHOOL, SYSTEM, condition, helm, kubectl
from e2e.commands import attempt, run

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
