"""The Kustomize base of the operator is what the chart renders by default."""

import shutil
import subprocess
from collections.abc import Iterable
from copy import deepcopy
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
