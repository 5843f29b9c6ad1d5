"""All objects of a resource."""

from collections.abc import Mapping
from typing import Any, Literal

from ingestor_operator.manifests.api_deployment import api_deployment
from ingestor_operator.manifests.api_service import api_service
from ingestor_operator.manifests.config_map import config_map
from ingestor_operator.manifests.consumer_deployment import consumer_deployment
from ingestor_operator.manifests.disruption_budget import disruption_budget
from ingestor_operator.manifests.manifest import Manifest, Release, digest, digested, requested
from ingestor_operator.manifests.migration_job import migration_job
from ingestor_operator.manifests.pod_monitor import pod_monitor
from ingestor_operator.manifests.service_account import service_account
from ingestor_operator.manifests.settings import plain_settings
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.secrets import SecretKeys, api_secrets, consumer_secrets, database_secrets

SecretVersions = Mapping[str, str]
"""What changes with every write of a Secret, by the Secret's name; never what a Secret holds.

Annotations are read by many who may not read Secrets, and a digest of a password is tried out offline, faster than
a login by orders of magnitude.
"""
# What does not end in the Deployments, and the images, which wait for the migration by themselves.
_ELSEWHERE: dict[str, Any] = {
    "kafka": {"topic", "dead_letter_topic"},
    "api": {"image", "service", "service_account"},
    "consumer": {"image", "service_account", "replicas", "autoscaling"},
}


def objects(resource: Resource, release: Release, secrets: SecretVersions) -> list[Manifest]:
    """Everything the resource owns in Kubernetes, in the order it is to be applied."""
    spec = resource.spec
    api, consumer = _read(api_secrets(spec), secrets), _read(consumer_secrets(spec), secrets)
    settings = plain_settings(spec)
    built = [
        service_account(resource, "api"),
        service_account(resource, "consumer"),
        config_map(resource),
        migration_job(resource, release, digest(_read(database_secrets(spec), secrets))),
        requested(api_deployment(resource, release, digest([settings, api])), _request(resource, "api", api)),
        api_service(resource),
        requested(
            consumer_deployment(resource, release, digest([settings, consumer])),
            _request(resource, "consumer", consumer),
        ),
        disruption_budget(resource, "api"),
        disruption_budget(resource, "consumer"),
    ]
    if spec.monitoring.pod_monitor:
        built.append(pod_monitor(resource))
    return [digested(manifest) for manifest in built]


def _request(resource: Resource, component: Literal["api", "consumer"], secrets: SecretVersions) -> str:
    """Changes with what the resource asks of the component's Deployment and with the Secrets, not with the release."""
    said = resource.spec.model_dump(mode="json", exclude_defaults=True, exclude=_ELSEWHERE)
    shared = {part: said.get(part) for part in ("kafka", "database", "auth")}
    return digest([shared, said.get("api", {}).get("rollout"), said.get(component) or None, dict(secrets)])


def _read(keys: SecretKeys, secrets: SecretVersions) -> SecretVersions:
    return {name: secrets.get(name, "") for name, _ in keys}
