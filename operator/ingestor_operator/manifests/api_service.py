"""The Service in front of the API."""

from typing import Any

from ingestor_operator.manifests.manifest import Manifest, component_name, described, owned, selector
from ingestor_operator.model.api import ApiService
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
    made = owned(resource, "v1", "Service", component_name(resource, "api"), "api")
    spec = {"type": service.type, "selector": selector(resource, "api"), "ports": [port]} | _options(service)
    return described(made, annotations=service.annotations, labels=service.labels) | {"spec": spec}


def _options(service: ApiService) -> dict[str, Any]:
    """What is said of the load balancer and the addresses; what is not said is Kubernetes' to choose."""
    options = {
        "loadBalancerClass": service.load_balancer_class,
        "loadBalancerSourceRanges": service.load_balancer_source_ranges,
        "externalTrafficPolicy": service.external_traffic_policy,
        "ipFamilyPolicy": service.ip_family_policy,
        "ipFamilies": service.ip_families,
    }
    return {name: value for name, value in options.items() if value}
