"""The Deployment of the consumer."""

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
    METRICS_PORT,
    database_environment,
    kafka_environment,
    kafka_mounts,
    kafka_volumes,
)
from ingestor_operator.model.resource import Resource


def consumer_deployment(resource: Resource, release: Release, annotations: Mapping[str, str]) -> Manifest:
    """NAME-consumer, without spec.replicas: those are written through the scale subresource alone.

    An apply that named them would undo the autoscaling, or a kubectl scale, at every change of another field.
    """
    consumer = resource.spec.consumer
    pod = {
        "serviceAccountName": component_name(resource, "consumer"),
        "terminationGracePeriodSeconds": 60,
        "topologySpreadConstraints": spread(resource, "consumer"),
        "containers": [_container(resource, release)],
        "volumes": kafka_volumes(resource.spec.kafka),
    }
    name = component_name(resource, "consumer")
    return owned(resource, "apps/v1", "Deployment", name, "consumer") | {
        "spec": {
            "selector": {"matchLabels": selector(resource, "consumer")},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": template(resource, "consumer", pod, consumer.pod_template, annotations=annotations),
        }
    }


def _container(resource: Resource, release: Release) -> dict[str, Any]:
    spec = resource.spec
    image = image_of(resource, "consumer", release)
    base = container("consumer", image, ["ingestor-consumer"], spec.consumer.resources)
    return base | health_probes("metrics") | {
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}],
        "envFrom": config_map_environment(resource),
        "env": database_environment(spec) + kafka_environment(spec.kafka),
        "volumeMounts": base["volumeMounts"] + kafka_mounts(spec.kafka),
    }  # fmt: skip
