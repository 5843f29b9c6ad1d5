"""`tilt ci` builds everything from the sources and ends green; other clusters than kind's are refused."""

from pathlib import Path

from e2e.cluster.kube import CONTEXT, SCHOOL, SYSTEM, condition, helm, listed
from e2e.commands import attempt, run
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


def test_tilt_ci_ends_green(installed: None) -> None:
    """Proves: on the same cluster, in place of the charts' releases."""
    helm("uninstall", "quiz", "--namespace", SCHOOL, "--wait", "--timeout", "120s")
    helm("uninstall", "ingestor-operator", "--namespace", SYSTEM, "--wait", "--timeout", "120s")
    ours = "app.kubernetes.io/managed-by=ingestor-operator"
    eventually(lambda: not listed("pods", ours), 120, "the charts' pods are gone")

    run(*TILT, "--timeout", "10m", seconds=660)

    assert condition("quiz", "Ready") == "True"
