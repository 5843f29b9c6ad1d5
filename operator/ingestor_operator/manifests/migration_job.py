"""The Job that brings the database's schema to the release, and tries what the services log in with."""

from collections.abc import Collection, Mapping
from typing import Any

from ingestor_operator.manifests.config_map import named_config_maps
from ingestor_operator.manifests.manifest import (
    CHECKSUM_ANNOTATION,
    Manifest,
    Release,
    component_name,
    digest,
    image_of,
    owned,
)
from ingestor_operator.manifests.pods import container, template
from ingestor_operator.manifests.settings import (
    connection_environment,
    database_environment,
    kafka_environment,
    kafka_mounts,
    kafka_volumes,
)
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
    """NAME-migrate-DIGEST: a Job cannot be changed, so another image, Secret or Kafka makes another Job.

    `checksum` changes with every write of a Secret that the services read.
    """
    image = image_of(resource, "migration", release)
    pod = {
        "restartPolicy": "Never",
        "serviceAccountName": component_name(resource, "api"),
        "containers": [_container(resource, image)],
        "volumes": kafka_volumes(resource.spec.kafka),
    }
    shared = without_settings(shared_with_api(resource.spec.api.pod_template), f"{resource.name}-config")
    overlays = (shared, resource.spec.migration.pod_template)
    pods = template(resource, "migration", pod, *overlays, annotations={CHECKSUM_ANNOTATION: checksum})
    spec: dict[str, Any] = {"backoffLimit": 6, "template": pods}
    name = f"{resource.name}-migrate-{digest(spec)[:8]}"
    return owned(resource, "batch/v1", "Job", name, "migration") | {"spec": spec | _time_to_live(resource, name)}


def _container(resource: Resource, image: str) -> dict[str, Any]:
    spec = resource.spec
    base = container(_CONTAINER, image, ["ingestor-admin", "migrate"], spec.migration.resources)
    return base | {
        # Options of the command would not do: the image may be of a release that has no such options. Nor would the
        # services' ConfigMap: each change of any of their settings would make another Job.
        "env": database_environment(spec) + connection_environment(spec.kafka) + kafka_environment(spec.kafka),
        "volumeMounts": base["volumeMounts"] + kafka_mounts(spec.kafka),
    }


def shared_with_api(overlay: Mapping[str, Any]) -> dict[str, Any]:
    """What the overlay of the API's pod template says of any pod: where it may run, as whom, with which volumes.

    What is of another form than Kubernetes' is left out here: the API server refuses it in the API's Deployment.
    """
    spec = overlay.get("spec") or {}
    shared = {field: value for field, value in spec.items() if field not in _NOT_SHARED}
    affinity = shared.pop("affinity", None)
    if isinstance(affinity, Mapping) and "nodeAffinity" in affinity:
        shared["affinity"] = {"nodeAffinity": affinity["nodeAffinity"]}
    api = next((one for one in _objects(spec.get("containers")) if one.get("name") == "api"), {})
    own: dict[str, Any] = {field: value for field, value in api.items() if field in _SHARED_CONTAINER}
    if variables := [one for one in _objects(api.get("env")) if str(one.get("name", "")).startswith(_POSTGRES)]:
        own["env"] = variables
    if own:
        shared["containers"] = [{"name": _CONTAINER} | own]
    metadata = overlay.get("metadata")
    return {"spec": shared} | ({"metadata": metadata} if metadata else {})


def without_settings(shared: Mapping[str, Any], settings: str) -> dict[str, Any]:
    """The overlay without volumes and init containers that name the services' ConfigMap, nor mounts of such volumes.

    Each change of any setting would make another Job, and end the one that runs.
    """

    def kept(items: object) -> list[Mapping[str, Any]]:
        return [item for item in _objects(items) if settings not in named_config_maps(item)]

    def mounted(items: object) -> list[Mapping[str, Any]]:
        return [_without_mounts(item, gone) for item in kept(items)]

    spec = dict(shared["spec"])
    volumes = kept(spec.get("volumes"))
    gone = {one.get("name") for one in _objects(spec.get("volumes"))} - {one.get("name") for one in volumes}
    spec |= {"volumes": volumes} if "volumes" in spec else {}
    spec |= {field: mounted(spec[field]) for field in ("containers", "initContainers") if field in spec}
    return {**shared, "spec": spec}


def _without_mounts(container: Mapping[str, Any], volumes: Collection[Any]) -> Mapping[str, Any]:
    if not volumes or "volumeMounts" not in container:
        return container
    kept = [mount for mount in _objects(container["volumeMounts"]) if mount.get("name") not in volumes]
    return {**container, "volumeMounts": kept}


def _objects(items: object) -> list[Mapping[str, Any]]:
    """The objects of the list; nothing where there is no list."""
    return [one for one in items if isinstance(one, Mapping)] if isinstance(items, list) else []


def _time_to_live(resource: Resource, name: str) -> dict[str, int]:
    """Set only once the status says that the Job completed: one that went before that was seen would be made anew."""
    done, seconds = resource.status.migration, resource.spec.migration.ttl_seconds_after_finished
    if done is None or done.job != name or seconds is None:
        return {}
    return {"ttlSecondsAfterFinished": seconds}
