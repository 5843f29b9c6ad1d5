"""Upgrading keeps data and traffic; uninstalling keeps topic and data."""

import shutil
from pathlib import Path

import pytest
import yaml
from e2e.cluster.installation import NAME, install, install_operator, ledger
from e2e.cluster.kube import CONTEXT, SCHOOL, get, helm, kafka, listed, sql, until_ready
from e2e.cluster.traffic import traffic
from e2e.commands import REPOSITORY, run
from e2e.waiting import eventually

OURS = f"app.kubernetes.io/instance={NAME},app.kubernetes.io/managed-by=ingestor-operator"
VERSION = str(yaml.safe_load((REPOSITORY / "charts/ingestor/Chart.yaml").read_text())["appVersion"])
PREVIOUS = "0.0.9"


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The charts as a release before: an earlier version with images of its own, which hold what today's hold."""
    images = [f"analytics-ingestor/{part}" for part in ("api", "consumer", "operator")]
    for image in images:
        run("docker", "tag", f"{image}:{VERSION}", f"{image}:{PREVIOUS}")
    cluster = CONTEXT.removeprefix("kind-")
    run("kind", "load", "docker-image", "--name", cluster, *(f"{image}:{PREVIOUS}" for image in images), seconds=240)
    for name in ("ingestor-operator", "ingestor"):
        chart = tmp_path / name
        shutil.copytree(REPOSITORY / "charts" / name, chart)
        meta = yaml.safe_load((chart / "Chart.yaml").read_text())
        (chart / "Chart.yaml").write_text(yaml.safe_dump(meta | {"version": PREVIOUS, "appVersion": PREVIOUS}))
    return tmp_path


def test_helm_upgrade_keeps_data_and_traffic(quiz: None, previous: Path, tmp_path: Path) -> None:
    """Proves: from the release before to this one under traffic, migration and every pod of ours included, no request
    fails, no event is lost, nobody is logged out."""
    install_operator(str(previous / "ingestor-operator"))
    install(str(previous / "ingestor"))
    eventually(lambda: images() == {PREVIOUS}, 240, "the release before runs", every=1)
    until_ready(NAME)
    secret = get("secret", f"{NAME}-auth")["data"]

    with traffic(tmp_path) as sent:
        install_operator()
        install()
        eventually(lambda: images() == {VERSION}, 240, "only this release runs", every=1)
        assert not sent.sent_again
        sent.verify()

    assert get("ingestordeployment", NAME)["metadata"]["labels"]["helm.sh/chart"] == "ingestor-0.1.0"
    assert get("secret", f"{NAME}-auth")["data"] == secret
    assert "the books balance" in ledger()


def images() -> set[str]:
    """The tags of the images that pods of the installation run, once all of them are ready."""
    pods = [pod for part in ("api", "consumer") for pod in listed("pods", f"{OURS},app.kubernetes.io/component={part}")]
    for pod in pods:
        # A pod just made has no states of containers yet.
        states = pod["status"].get("containerStatuses", [])
        assert states
        assert all(state["ready"] for state in states)
    return {container["image"].rsplit(":", 1)[1] for pod in pods for container in pod["spec"]["containers"]}


def test_helm_uninstall_leaves_topic_and_data(quiz: None) -> None:
    """Proves: with Retain, the default, uninstalling removes what runs and nothing that was stored; installing again
    goes on."""
    stored = int(sql("select count(*) from events"))

    helm("uninstall", NAME, "--namespace", SCHOOL, "--wait", "--timeout", "120s")
    eventually(lambda: not listed("pods", OURS), 120, "the pods are gone")

    assert "quiz-events" in kafka("kafka-topics", "--list").split()
    assert int(sql("select count(*) from events")) == stored
    install()
    assert "the books balance" in ledger()
