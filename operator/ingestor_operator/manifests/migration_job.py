"""The Job that brings the database's schema to the release."""

from collections.abc import Mapping
from typing import Any

from ingestor_operator.manifests.manifest import (
    Manifest,
    Release,
    component_name,
    digest,
    image_of,
    owned,
)
from ingestor_operator.manifests.pods import container, template
from ingestor_operator.manifests.settings import database_environment
from ingestor_operator.model.resource import Resource

# Of the API's service rather than of its pods: what else runs in them, how they end, how they lie to each other. A
# Job with a container beside its own would never complete, and one that keeps away from the API's pods finds no node.
_NOT_SHARED = frozenset(
    {"containers", "restartPolicy", "terminationGracePeriodSeconds", "topologySpreadConstraints", "readinessGates"}
)
# How a container of this image runs, rather than what it does.
_SHARED_CONTAINER = frozenset({"imagePullPolicy", "securityContext", "volumeMounts"})
# What the connection URL leaves out is taken from these variables.
_POSTGRES = "PG"
_CONTAINER = "migrate"


def migration_job(resource: Resource, release: Release, checksum: str) -> Manifest:
    """NAME-migrate-DIGEST: a Job cannot be changed, so another image or database makes another Job.

    `checksum` changes with every write of the Secret that holds the URL.
    """
    image = image_of(resource, "migration", release)
    migrate = container(_CONTAINER, image, ["ingestor-admin", "migrate"], resource.spec.migration.resources)
    pod = {
        "restartPolicy": "Never",
        "serviceAccountName": component_name(resource, "api"),
        "containers": [migrate | {"env": database_environment(resource.spec)}],
    }
    overlays = (shared_with_api(resource.spec.api.pod_template), resource.spec.migration.pod_template)
    pods = template(resource, "migration", pod, *overlays, checksum=checksum)
    spec: dict[str, Any] = {"backoffLimit": 6, "template": pods}
    name = f"{resource.name}-migrate-{digest(spec)[:8]}"
    return owned(resource, "batch/v1", "Job", name, "migration") | {"spec": spec | _time_to_live(resource, name)}


def shared_with_api(overlay: Mapping[str, Any]) -> dict[str, Any]:
    """What the overlay of the API's pod template says of any pod: where it may run, as whom, with which volumes."""
    spec = overlay.get("spec") or {}
    shared = {field: value for field, value in spec.items() if field not in _NOT_SHARED}
    affinity = shared.pop("affinity", None) or {}
    if "nodeAffinity" in affinity:
        shared["affinity"] = {"nodeAffinity": affinity["nodeAffinity"]}
    api: Mapping[str, Any] = next((one for one in spec.get("containers") or [] if one.get("name") == "api"), {})
    own: dict[str, Any] = {field: value for field, value in api.items() if field in _SHARED_CONTAINER}
    if variables := [one for one in api.get("env") or [] if str(one.get("name", "")).startswith(_POSTGRES)]:
        own["env"] = variables
    if own:
        shared["containers"] = [{"name": _CONTAINER} | own]
    metadata = overlay.get("metadata")
    return {"spec": shared} | ({"metadata": metadata} if metadata else {})


def _time_to_live(resource: Resource, name: str) -> dict[str, int]:
    """Set only once the status says that the Job completed: one that went before that was seen would be made anew."""
    done, seconds = resource.status.migration, resource.spec.migration.ttl_seconds_after_finished
    if done is None or done.job != name or seconds is None:
        return {}
    return {"ttlSecondsAfterFinished": seconds}
