"""Upgrading keeps data and traffic; uninstalling keeps topic and data."""

import shutil
from pathlib import Path

import pytest
import yaml
from e2e.cluster.installation import NAME, install, install_operator, ledger
from e2e.cluster.kube import SCHOOL, get, helm, kafka, listed, sql
from e2e.cluster.traffic import traffic
from e2e.commands import REPOSITORY
from e2e.waiting import eventually


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The charts as a release before: another version, and so other labels, on the same images."""
    for name in ("ingestor-operator", "ingestor"):
        chart = tmp_path / name
        shutil.copytree(REPOSITORY / "charts" / name, chart)
        meta = yaml.safe_load((chart / "Chart.yaml").read_text())
        (chart / "Chart.yaml").write_text(yaml.safe_dump(meta | {"version": "0.0.9"}))
    return tmp_path


def test_helm_upgrade_keeps_data_and_traffic(quiz: None, previous: Path, tmp_path: Path) -> None:
    """Proves: from the chart before to this one under traffic, no request fails, no event is lost, nobody is logged
    out."""
    install_operator(str(previous / "ingestor-operator"))
    install(str(previous / "ingestor"))
    secret = get("secret", f"{NAME}-auth")["data"]

    with traffic(tmp_path) as run:
        install_operator()
        install()
        assert not run.sent_again
        run.verify()

    assert get("ingestordeployment", NAME)["metadata"]["labels"]["helm.sh/chart"] == "ingestor-0.1.0"
    assert get("secret", f"{NAME}-auth")["data"] == secret
    assert "the books balance" in ledger()


def test_helm_uninstall_leaves_topic_and_data(quiz: None) -> None:
    """Proves: with Retain, the default, uninstalling removes what runs and nothing that was stored; installing again
    goes on."""
    stored = int(sql("select count(*) from events"))

    helm("uninstall", NAME, "--namespace", SCHOOL, "--wait", "--timeout", "120s")
    ours = f"app.kubernetes.io/instance={NAME},app.kubernetes.io/managed-by=ingestor-operator"
    eventually(lambda: not listed("pods", ours), 120, "the pods are gone")

    assert "quiz-events" in kafka("kafka-topics", "--list").split()
    assert int(sql("select count(*) from events")) == stored
    install()
    assert "the books balance" in ledger()
