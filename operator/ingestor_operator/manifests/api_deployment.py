"""The Deployment of the HTTP service."""

from collections.abc import Mapping
from typing import Any

from ingestor_operator.manifests.config_map import config_map_environment
from ingestor_operator.manifests.manifest import (
    Manifest,
    Release,
    component_name,
    image_of,
    owned,
    selector,
)
from ingestor_operator.manifests.pods import container, health_probes, spread, template
from ingestor_operator.manifests.settings import (
    HTTP_PORT,
    METRICS_PORT,
    auth_environment,
    database_environment,
    kafka_environment,
    kafka_mounts,
    kafka_volumes,
)
from ingestor_operator.model.resource import Resource

# A stopping pod serves on for so long: endpoints forget it within seconds, and clients take up their other connections.
# Longer than the 15 s after which aiohttp's clients, for one, drop a connection that they do not use.
_DRAIN_SECONDS = 20
# The drain, the 10 s within which the API is gone after it, and half as much again for a busy node.
_GRACE_SECONDS = 45


def api_deployment(resource: Resource, release: Release, annotations: Mapping[str, str]) -> Manifest:
    """NAME-api: rolls without losing capacity, and anew when its settings or Secrets change."""
    api = resource.spec.api
    pod = {
        "serviceAccountName": component_name(resource, "api"),
        "terminationGracePeriodSeconds": _GRACE_SECONDS,
        "topologySpreadConstraints": spread(resource, "api"),
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
            "template": template(resource, "api", pod, api.pod_template, annotations=annotations),
        }
    }


def _container(resource: Resource, release: Release) -> dict[str, Any]:
    spec = resource.spec
    drain = [{"name": "DRAIN_SECONDS", "value": str(_DRAIN_SECONDS)}]
    base = container("api", image_of(resource, "api", release), ["ingestor-api"], spec.api.resources)
    return base | health_probes("http") | {
        "ports": [
            {"name": "http", "containerPort": HTTP_PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
        ],
        "envFrom": config_map_environment(resource),
        "env": drain + database_environment(spec) + auth_environment(spec) + kafka_environment(spec.kafka),
        "volumeMounts": base["volumeMounts"] + kafka_mounts(spec.kafka),
    }  # fmt: skip
