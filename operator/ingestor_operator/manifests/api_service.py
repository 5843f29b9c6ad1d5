"""The Service in front of the API."""

from typing import Any

from ingestor_operator.manifests.manifest import Manifest, component_name, owned, selector
from ingestor_operator.model.resource import Resource


def api_service(resource: Resource) -> Manifest:
    """NAME-api."""
    service = resource.spec.api.service
    port: dict[str, Any] = {
        "name": "http",
        "port": service.port,
        "targetPort": "http",
        "protocol": "TCP",
    }
    if service.node_port:
        port["nodePort"] = service.node_port
    return owned(resource, "v1", "Service", component_name(resource, "api"), "api") | {
        "spec": {"type": service.type, "selector": selector(resource, "api"), "ports": [port]}
    }
