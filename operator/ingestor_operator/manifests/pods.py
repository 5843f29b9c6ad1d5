"""Pod templates under the restricted Pod Security Standard, and what a person lays over them.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any

from ingestor_operator.manifests.config_map import with_present_settings
from ingestor_operator.manifests.manifest import Component, labels, selector
from ingestor_operator.model.pods import Resources
from ingestor_operator.model.resource import Resource

CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
# No user or group is named: the image has one (65532), and OpenShift admits only those of the namespace's own range.
POD_SECURITY = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
_TEMPORARY = {"name": "tmp", "emptyDir": {}}
_TEMPORARY_MOUNT = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108 - a volume of the pod's own


def container(name: str, image: str, command: list[str], resources: Resources | None = None) -> dict[str, Any]:
    """A container without environment, ports and probes."""
    out: dict[str, Any] = {
        "name": name,
        "image": image,
        "command": command,
        "securityContext": CONTAINER_SECURITY,
        # The last lines of its log are in the pod's status then: nobody needs the right to read logs to know them.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [_TEMPORARY_MOUNT],
    }
    if resources:
        out["resources"] = resources.model_dump(mode="json", exclude_none=True)
    return out


def probe(path: str, port: str, period: int, failures: int) -> dict[str, Any]:
    """An HTTP probe; period in seconds."""
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "failureThreshold": failures,
        "timeoutSeconds": 3,
    }


def health_probes(port: str) -> dict[str, Any]:
    """Startup, liveness and readiness on /healthz and /readyz of the named port."""
    return {
        "startupProbe": probe("/healthz", port, 2, 30),
        "livenessProbe": probe("/healthz", port, 10, 3),
        "readinessProbe": probe("/readyz", port, 5, 2),
    }


def spread(resource: Resource, component: Component) -> list[dict[str, Any]]:
    """Constraints by which a component's pods lie on different zones and nodes where there are such.

    Preferred only: where there is one node, all run on it. Pods of each template are counted by themselves, else a
    rolling update would place the new ones around the old ones, which then go.
    https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
    """
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector(resource, component)},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def template(
    resource: Resource,
    component: Component,
    spec: Mapping[str, Any],
    *overlays: Mapping[str, Any],
    annotations: Mapping[str, str],
) -> dict[str, Any]:
    """A pod template: hardened, labelled, with the overlays merged over it one after the other.

    Its own labels and these annotations stay as they are whatever the overlays say: without the labels the Deployment
    would be refused or the operator not find the pods, without the annotations pods would not be replaced.
    """
    own = labels(resource, component)
    generated: dict[str, Any] = {
        "metadata": {"labels": own},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": POD_SECURITY,
            **spec,
            "volumes": [_TEMPORARY, *spec.get("volumes", [])],
        },
    }
    merged: dict[str, Any] = reduce(overlaid, overlays, generated)
    merged["spec"] = with_present_settings(merged["spec"], resource)
    metadata = merged["metadata"]
    metadata["labels"] = (metadata.get("labels") or {}) | own
    metadata["annotations"] = (metadata.get("annotations") or {}) | dict(annotations)
    return merged


def overlaid(base: Any, overlay: Any) -> Any:
    """The base with the overlay merged over it.

    Objects merge key by key and null removes a key; lists of named objects merge by name; any other value of
    the overlay replaces the base's.
    """
    if isinstance(base, Mapping) and isinstance(overlay, Mapping):
        merged = {key: value for key, value in base.items() if overlay.get(key, ...) is not None}
        for key, value in overlay.items():
            if value is not None:
                merged[key] = overlaid(base[key], value) if key in base else value
        return merged
    if _named(base) and _named(overlay):
        return _merged_by_name(base, overlay)
    return overlay


def _named(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, Mapping) and isinstance(item.get("name"), str) for item in value
    )


def _merged_by_name(base: list[Any], overlay: list[Any]) -> list[Any]:
    over = {item["name"]: item for item in overlay}
    merged = [overlaid(item, over.pop(item["name"])) if item["name"] in over else item for item in base]
    return merged + [item for item in overlay if item["name"] in over]
