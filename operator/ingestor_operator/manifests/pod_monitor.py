"""The PodMonitor of the Prometheus operator."""

from ingestor_operator.manifests.manifest import APPLICATION, Manifest, described, owned
from ingestor_operator.model.resource import Resource


def pod_monitor(resource: Resource) -> Manifest:
    """NAME: scrapes the metrics port of API and consumer."""
    made = owned(resource, "monitoring.coreos.com/v1", "PodMonitor", resource.name)
    return described(made, labels=resource.spec.monitoring.pod_monitor_labels) | {
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
