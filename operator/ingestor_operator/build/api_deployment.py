"""The Deployment of the HTTP service."""

from typing import Any

from ingestor_operator.build.manifest import (
    Manifest,
    Release,
    component_name,
    config_map_name,
    image_of,
    owned,
    selector,
)
from ingestor_operator.build.pods import container, health_probes, template
from ingestor_operator.build.settings import (
    HTTP_PORT,
    METRICS_PORT,
    auth_environment,
    database_environment,
    kafka_environment,
    kafka_mounts,
    kafka_volumes,
)
from ingestor_operator.model.resource import Resource

# Endpoints forget a stopping pod within seconds; until then it still gets new connections.
_DEREGISTRATION_SECONDS = 5


def api_deployment(resource: Resource, release: Release, checksum: str) -> Manifest:
    """NAME-api: rolls without losing capacity, and anew when its settings or Secrets change."""
    api = resource.spec.api
    pod = {
        "serviceAccountName": component_name(resource, "api"),
        "terminationGracePeriodSeconds": 45,
        "containers": [_container(resource, release)],
        "volumes": kafka_volumes(resource.spec.kafka),
    }
    return owned(resource, "apps/v1", "Deployment", component_name(resource, "api"), "api") | {
        "spec": {
            "replicas": api.replicas,
            "selector": {"matchLabels": selector(resource, "api")},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": template(resource, "api", pod, api.pod_template, checksum),
        }
    }


def _container(resource: Resource, release: Release) -> dict[str, Any]:
    spec = resource.spec
    base = container("api", image_of(resource, "api", release), ["ingestor-api"], spec.api.resources)
    return base | health_probes("http") | {
        "ports": [
            {"name": "http", "containerPort": HTTP_PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
        ],
        "envFrom": [{"configMapRef": {"name": config_map_name(resource)}}],
        "env": database_environment(spec) + auth_environment(spec) + kafka_environment(spec.kafka),
        "volumeMounts": base["volumeMounts"] + kafka_mounts(spec.kafka),
        "lifecycle": {"preStop": {"sleep": {"seconds": _DEREGISTRATION_SECONDS}}},
    }  # fmt: skip
