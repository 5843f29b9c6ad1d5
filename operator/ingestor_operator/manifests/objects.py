"""All objects of a resource."""

from collections.abc import Mapping
from typing import Any, Literal

from ingestor_operator.manifests.api_deployment import api_deployment
from ingestor_operator.manifests.api_service import api_service
from ingestor_operator.manifests.config_map import config_map
from ingestor_operator.manifests.consumer_deployment import consumer_deployment
from ingestor_operator.manifests.disruption_budget import disruption_budget
from ingestor_operator.manifests.holding import noted, secrets_text
from ingestor_operator.manifests.manifest import (
    SECRETS_ANNOTATION,
    Manifest,
    Release,
    digest,
    digested,
)
from ingestor_operator.manifests.migration_job import migration_job
from ingestor_operator.manifests.pod_monitor import pod_monitor
from ingestor_operator.manifests.service_account import service_account
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.secrets import SecretKeys, api_secrets, consumer_secrets

SecretVersions = Mapping[str, str]
"""What changes with every write of a Secret, by the Secret's name; never what a Secret holds.

Annotations are read by many who may not read Secrets, and a digest of a password is tried out offline, faster than
a login by orders of magnitude.
"""
# What does not end in the Deployments, and the images, which wait for the migration by themselves, as Secrets do.
_ELSEWHERE: dict[str, Any] = {
    "kafka": {"topic", "dead_letter_topic"},
    "api": {"image", "service", "service_account"},
    "consumer": {"image", "service_account", "replicas", "autoscaling"},
}


def objects(resource: Resource, release: Release, secrets: SecretVersions) -> list[Manifest]:
    """Everything the resource owns in Kubernetes, in the order it is to be applied."""
    spec = resource.spec
    api, consumer = read_of(api_secrets(spec), secrets), read_of(consumer_secrets(spec), secrets)
    built = [
        service_account(resource, "api"),
        service_account(resource, "consumer"),
        config_map(resource),
        migration_job(resource, release, digest(api)),
        noted(api_deployment(resource, release, _annotations(api)), _request(resource, "api")),
        api_service(resource),
        noted(consumer_deployment(resource, release, _annotations(consumer)), _request(resource, "consumer")),
        disruption_budget(resource, "api"),
        disruption_budget(resource, "consumer"),
    ]
    if spec.monitoring.pod_monitor:
        built.append(pod_monitor(resource))
    return [digested(manifest) for manifest in built]


def read_of(keys: SecretKeys, secrets: SecretVersions) -> dict[str, str]:
    """Digests by the Secret's name, each changing with a write of the Secret or another key of it; "" if missing."""
    names = sorted({name for name, _ in keys})
    read = {name: sorted(key for of, key in keys if of == name) for name in names}
    return {name: digest([read[name], secrets[name]]) if name in secrets else "" for name in names}


def _annotations(secrets: Mapping[str, str]) -> dict[str, str]:
    """Annotations of pods, which are replaced when these change."""
    return {SECRETS_ANNOTATION: secrets_text(secrets)}


def _request(resource: Resource, component: Literal["api", "consumer"]) -> str:
    """Changes with what the resource asks of the component's Deployment, not with the release."""
    said = resource.spec.model_dump(mode="json", exclude_defaults=True, exclude=_ELSEWHERE)
    shared = {part: said.get(part) for part in ("kafka", "database", "auth")}
    return digest([shared, said.get("api", {}).get("rollout"), said.get(component) or None])
