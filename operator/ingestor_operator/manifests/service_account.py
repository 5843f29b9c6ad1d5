"""ServiceAccounts of the pods; they have no rights and their tokens are not mounted."""

from typing import Literal

from ingestor_operator.manifests.manifest import Manifest, component_name, described, owned
from ingestor_operator.model.resource import Resource


def service_account(resource: Resource, component: Literal["api", "consumer"]) -> Manifest:
    """NAME-api or NAME-consumer."""
    manifest = owned(resource, "v1", "ServiceAccount", component_name(resource, component), component)
    account = resource.spec.api.service_account if component == "api" else resource.spec.consumer.service_account
    return described(manifest, annotations=account.annotations) | {"automountServiceAccountToken": False}
