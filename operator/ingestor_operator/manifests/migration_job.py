"""The Job that brings the database's schema to the release."""

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

# What a pod needs to be scheduled and its image pulled; the API's containers and volumes are not the Job's.
_SHARED_WITH_API = ("imagePullSecrets", "nodeSelector", "tolerations", "affinity", "priorityClassName")


def migration_job(resource: Resource, release: Release, checksum: str) -> Manifest:
    """NAME-migrate-DIGEST: a Job cannot be changed, so another image or database makes another Job.

    `checksum` changes with every write of the Secret that holds the URL.
    """
    pod = _pod(resource, image_of(resource, "migration", release))
    spec = {"backoffLimit": 6, "template": template(resource, "migration", pod, {}, checksum)}
    name = f"{resource.name}-migrate-{digest(spec)[:8]}"
    return owned(resource, "batch/v1", "Job", name, "migration") | {"spec": spec}


def _pod(resource: Resource, image: str) -> dict[str, Any]:
    overlay = resource.spec.api.pod_template.get("spec", {})
    shared = {key: overlay[key] for key in _SHARED_WITH_API if key in overlay}
    migrate = container("migrate", image, ["ingestor-admin", "migrate"])
    return shared | {
        "restartPolicy": "Never",
        "serviceAccountName": component_name(resource, "api"),
        "containers": [migrate | {"env": database_environment(resource.spec)}],
    }
