"""status.api: the API as it runs, and where it is."""

from typing import Any

from ingestor_operator.manifests.manifest import Manifest, component_name
from ingestor_operator.model.status import APIStatus
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.migration import images


def api_status(observation: Observation) -> APIStatus | None:
    """Numbers, image and addresses of the API; None while there is nothing of it."""
    name = component_name(observation.resource, "api")
    deployment, service = observation.deployment("api"), observation.own("Service", name)
    if deployment is None and service is None:
        return None
    status = (deployment or {}).get("status") or {}
    return APIStatus(
        image=deployed_image(deployment, "api"),
        replicas=status.get("replicas", 0),
        ready=status.get("readyReplicas", 0),
        **(_addresses(service, f"{name}.{observation.resource.namespace}.svc") if service else {}),
    )


def deployed_image(deployment: Manifest | None, container: str) -> str | None:
    """The image that the Deployment runs in its container of that name."""
    return images(deployment).get(container) if deployment else None


def _addresses(service: Manifest, host: str) -> dict[str, Any]:
    port = next((port for port in service["spec"]["ports"] if port.get("name") == "http"), service["spec"]["ports"][0])
    balancers = (service.get("status") or {}).get("loadBalancer", {}).get("ingress") or []
    hosts = [balancer.get("hostname") or balancer.get("ip") for balancer in balancers]
    return {
        "address": f"{host}:{port['port']}",
        "node_port": port.get("nodePort"),
        "load_balancer": [
            f"[{host}]:{port['port']}" if ":" in host else f"{host}:{port['port']}" for host in hosts if host
        ],
    }
