"""The PodMonitor of the Prometheus operator."""

from ingestor_operator.manifests.manifest import APPLICATION, Manifest, owned
from ingestor_operator.model.resource import Resource


def pod_monitor(resource: Resource) -> Manifest:
    """NAME: scrapes the metrics port of API and consumer."""
    made = owned(resource, "monitoring.coreos.com/v1", "PodMonitor", resource.name)
    # The operator's own labels, by which it finds the object again, come last.
    labels = resource.spec.monitoring.pod_monitor_labels | made["metadata"]["labels"]
    return made | {
        "metadata": made["metadata"] | {"labels": labels},
        "spec": {
            "selector": {
                "matchLabels": {
                    "app.kubernetes.io/name": APPLICATION,
                    "app.kubernetes.io/instance": resource.name,
                }
            },
            "podMetricsEndpoints": [{"port": "metrics", "path": "/metrics"}],
        },
    }
