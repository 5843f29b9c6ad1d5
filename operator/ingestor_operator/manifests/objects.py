"""All objects of a resource."""

from collections.abc import Mapping

from ingestor_operator.manifests.api_deployment import api_deployment
from ingestor_operator.manifests.api_service import api_service
from ingestor_operator.manifests.config_map import config_map
from ingestor_operator.manifests.consumer_deployment import consumer_deployment
from ingestor_operator.manifests.disruption_budget import disruption_budget
from ingestor_operator.manifests.manifest import Manifest, Release, digest, digested
from ingestor_operator.manifests.migration_job import migration_job
from ingestor_operator.manifests.pod_monitor import pod_monitor
from ingestor_operator.manifests.service_account import service_account
from ingestor_operator.manifests.settings import plain_settings
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.secrets import api_secrets, consumer_secrets, database_secrets

SecretData = Mapping[str, Mapping[str, str]]
"""Data of the referenced Secrets by name and key, as Kubernetes encodes it."""


def objects(resource: Resource, release: Release, secrets: SecretData) -> list[Manifest]:
    """Everything the resource owns in Kubernetes, in the order it is to be applied."""
    api_checksum = _checksum(resource, api_secrets(resource.spec), secrets)
    consumer_checksum = _checksum(resource, consumer_secrets(resource.spec), secrets)
    built = [
        service_account(resource, "api"),
        service_account(resource, "consumer"),
        config_map(resource),
        migration_job(resource, release, _secrets_checksum(resource, database_secrets(resource.spec), secrets)),
        api_deployment(resource, release, api_checksum),
        api_service(resource),
        consumer_deployment(resource, release, consumer_checksum),
        disruption_budget(resource, "api"),
        disruption_budget(resource, "consumer"),
    ]
    if resource.spec.monitoring.pod_monitor:
        built.append(pod_monitor(resource))
    return [digested(manifest) for manifest in built]


def _checksum(resource: Resource, names: frozenset[tuple[str, str]], secrets: SecretData) -> str:
    """Changes with the settings and with the content of the Secret keys that the pods read."""
    return digest([plain_settings(resource.spec), _read(names, secrets)], key=resource.uid)


def _secrets_checksum(resource: Resource, names: frozenset[tuple[str, str]], secrets: SecretData) -> str:
    """Changes with the content of the Secret keys alone."""
    return digest(_read(names, secrets), key=resource.uid)


def _read(names: frozenset[tuple[str, str]], secrets: SecretData) -> dict[str, str]:
    return {f"{name}/{key}": secrets.get(name, {}).get(key, "") for name, key in names}
