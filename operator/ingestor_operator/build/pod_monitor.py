"""The PodMonitor of the Prometheus operator."""

from ingestor_operator.build.manifest import APPLICATION, Manifest, owned
from ingestor_operator.model.resource import Resource


def pod_monitor(resource: Resource) -> Manifest:
    """NAME: scrapes the metrics port of API and consumer."""
    return owned(resource, "monitoring.coreos.com/v1", "PodMonitor", resource.name) | {
        "spec": {
            "selector": {
                "matchLabels": {
                    "app.kubernetes.io/name": APPLICATION,
                    "app.kubernetes.io/instance": resource.name,
                }
            },
            "podMetricsEndpoints": [{"port": "metrics", "path": "/metrics"}],
        }
    }
