"""The Kustomize base of the operator is what the chart renders by default."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from prerequisites import missing
from unit.charts.helm import REPOSITORY, helm, objects

HELMS_OWN = ("helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/version")


@pytest.fixture
def kubectl() -> str:
    found = shutil.which("kubectl")
    if not found:
        missing("kubectl is not on PATH; it has Kustomize", required_by="INGESTOR_REQUIRE_KUBE")
    return found


def by_kind(bodies: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The objects without what only Helm has."""
    found = {}
    for body in deepcopy(list(bodies)):
        metadata = body["metadata"] | {"namespace": "", "annotations": {}}
        found[body["kind"]] = body | {"metadata": metadata | {"labels": plain(metadata.get("labels", {}))}}
    deployment = found["Deployment"]["spec"]["template"]
    deployment["metadata"]["labels"] = plain(deployment["metadata"]["labels"])
    # The operator's own defaults.
    deployment["spec"]["containers"][0].pop("args", None)
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        found[kind]["metadata"] = {}
    found["ClusterRoleBinding"]["roleRef"].pop("name")
    found["CustomResourceDefinition"]["metadata"] = {}
    return found


def plain(labels: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in labels.items() if name not in HELMS_OWN}


def test_it_is_what_the_chart_renders(kubectl: str) -> None:
    built = subprocess.run([kubectl, "kustomize", "k8s/operator"], cwd=REPOSITORY, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    rendered = helm("template", "ingestor-operator", "charts/ingestor-operator", "--namespace", "ingestor-system")
    base = [body for body in objects(built.stdout) if body["kind"] != "Namespace"]
    chart = [body for body in objects(rendered.stdout) if body["kind"] != "Pod"]

    assert by_kind(base) == by_kind(chart)
    binding = next(body for body in base if body["kind"] == "ClusterRoleBinding")
    assert binding["roleRef"]["name"] == "ingestor-operator"
    assert binding["subjects"][0]["namespace"] == "ingestor-system"


def test_the_overlay_of_the_page_has_its_namespace_and_images(kubectl: str, tmp_path: Path) -> None:
    page = (REPOSITORY / "docs/operations/install.md").read_text()
    found = re.search(r"((?: {4}.*\n)+)", page.partition("A `kustomization.yaml` beside")[2])
    assert found
    (tmp_path / "kustomization.yaml").write_text(dedent(found[1]))
    shutil.copytree(REPOSITORY / "k8s/operator", tmp_path / "analytics-ingestor/k8s/operator")
    built = subprocess.run([kubectl, "kustomize", str(tmp_path)], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    bodies = objects(built.stdout)
    [deployment] = [body for body in bodies if body["kind"] == "Deployment"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.com/ingestor/operator:0.1.0"
    assert {entry["name"]: entry["value"].rpartition("/")[2] for entry in container["env"]} == {
        "INGESTOR_OPERATOR_RUN_API_IMAGE": "api:0.1.0",
        "INGESTOR_OPERATOR_RUN_CONSUMER_IMAGE": "consumer:0.1.0",
    }
    assert {body["metadata"].get("namespace", "quiz-operator") for body in bodies} == {"quiz-operator"}
    [binding] = [body for body in bodies if body["kind"] == "ClusterRoleBinding"]
    assert binding["subjects"][0]["namespace"] == "quiz-operator"
