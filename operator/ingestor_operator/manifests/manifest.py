"""What every owned object has: its names, labels, owner and the digest it is compared by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ingestor_operator import API_GROUP, API_VERSION, KIND
from ingestor_operator.model.resource import Resource

Manifest = dict[str, Any]
Component = Literal["api", "consumer", "migration"]

APPLICATION = "analytics-ingestor"
MANAGED_BY = "ingestor-operator"
DIGEST_ANNOTATION = f"{API_GROUP}/applied"
CHECKSUM_ANNOTATION = f"{API_GROUP}/config-checksum"
REQUEST_ANNOTATION = f"{API_GROUP}/request-checksum"
SECRETS_ANNOTATION = f"{API_GROUP}/secrets"


@dataclass(frozen=True)
class Release:
    """What the operator's release brings: the images used where the resource names none, and its own version."""

    api_image: str
    consumer_image: str
    version: str = ""


def selector(resource: Resource, component: Component) -> dict[str, str]:
    """Labels that tell the pods of one component of one resource; fixed, for selectors are immutable."""
    return {
        "app.kubernetes.io/name": APPLICATION,
        "app.kubernetes.io/instance": resource.name,
        "app.kubernetes.io/component": component,
    }


def labels(resource: Resource, component: Component | None = None) -> dict[str, str]:
    """Labels of an owned object."""
    own = (
        selector(resource, component)
        if component
        else {
            "app.kubernetes.io/name": APPLICATION,
            "app.kubernetes.io/instance": resource.name,
        }
    )
    return own | {"app.kubernetes.io/managed-by": MANAGED_BY}


def owned(resource: Resource, api_version: str, kind: str, name: str, component: Component | None = None) -> Manifest:
    """An object without content: apiVersion, kind and metadata, owned by the resource."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": resource.namespace,
            "labels": labels(resource, component),
            "ownerReferences": [
                {
                    "apiVersion": f"{API_GROUP}/{API_VERSION}",
                    "kind": KIND,
                    "name": resource.name,
                    "uid": resource.uid,
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
    }


def digested(manifest: Manifest) -> Manifest:
    """The manifest with an annotation of its own digest, by which a later reconcile sees what was applied."""
    metadata = dict(manifest["metadata"])
    annotations = {name: text for name, text in metadata.pop("annotations", {}).items() if name != DIGEST_ANNOTATION}
    bare = manifest | {"metadata": metadata | ({"annotations": annotations} if annotations else {})}
    return manifest | {"metadata": metadata | {"annotations": annotations | {DIGEST_ANNOTATION: digest(bare)}}}


def described(
    manifest: Manifest, *, annotations: Mapping[str, str] | None = None, labels: Mapping[str, str] | None = None
) -> Manifest:
    """The object with further annotations and labels; its own labels, by which it is found again, stay."""
    metadata = manifest["metadata"] | {"labels": {**(labels or {}), **manifest["metadata"]["labels"]}}
    if annotations:
        metadata |= {"annotations": metadata.get("annotations", {}) | annotations}
    return manifest | {"metadata": metadata}


def digest(value: object) -> str:
    """16 hex digits that change with the value; what is short can be guessed from them."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def component_name(resource: Resource, component: Literal["api", "consumer"]) -> str:
    """Name of the component's Deployment, ServiceAccount, Service and PodDisruptionBudget."""
    return f"{resource.name}-{component}"


def image_of(resource: Resource, component: Component, release: Release) -> str:
    """The image of the component: what the resource names, else the release's."""
    if component == "consumer":
        return resource.spec.consumer.image or release.consumer_image
    return resource.spec.api.image or release.api_image


def sorted_text(pairs: Mapping[str, str]) -> dict[str, str]:
    """The pairs in the order of their names, so that the same content is the same text."""
    return dict(sorted(pairs.items()))
