"""Every supported shape of the charts is accepted by the API server's own schema, to the last field."""

import json
from typing import Any

import pytest
import yaml
from e2e.cluster.kube import helm, kubectl
from e2e.commands import REPOSITORY

# Of other projects, whose CRDs a bare cluster does not have.
FOREIGN = {"ServiceMonitor", "PrometheusRule", "HTTPRoute"}
SHAPES = sorted(
    (shape.parents[1].name, str(shape.relative_to(REPOSITORY)))
    for shape in REPOSITORY.glob("charts/*/ci/*-values.yaml")
)


@pytest.fixture
def school(operator: None) -> None:
    """The namespace that the shapes are rendered for."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "school"}}
    kubectl("apply", "--filename", "-", stdin=json.dumps(namespace))


@pytest.mark.parametrize(("chart", "shape"), SHAPES)
def test_the_cluster_accepts_every_object(school: None, chart: str, shape: str) -> None:
    """Proves: no unknown field, no wrong type, no broken rule; nothing is really made."""
    text = helm("template", "quiz", f"charts/{chart}", "--namespace", "school", "--values", shape)
    bodies: list[dict[str, Any]] = [body for body in yaml.safe_load_all(text) if body]
    known = [body for body in bodies if body["kind"] not in FOREIGN]

    assert known
    options = ("--server-side", "--force-conflicts", "--field-manager", "validation", "--dry-run=server")
    kubectl("apply", *options, "--validate=strict", "--filename", "-", stdin=yaml.safe_dump_all(known))


def test_monitoring_without_helm_is_what_the_chart_has() -> None:
    """Proves: `kubectl apply -k k8s/monitoring` brings the alerts and the dashboard of the charts."""
    bodies = {body["kind"]: body for body in yaml.safe_load_all(kubectl("kustomize", "k8s/monitoring"))}
    files = REPOSITORY / "charts/ingestor/files"

    assert bodies.keys() == {"ConfigMap", "PodMonitor", "PrometheusRule"}
    assert bodies["PrometheusRule"]["spec"] == yaml.safe_load((files / "rules.yaml").read_text())
    assert bodies["ConfigMap"]["data"] == {"ingestor.json": (files / "dashboards/ingestor.json").read_text()}
    kubectl("apply", "--dry-run=server", "--filename", "-", stdin=yaml.safe_dump(bodies["ConfigMap"]))
