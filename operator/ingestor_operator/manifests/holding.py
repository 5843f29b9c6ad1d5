"""What a Deployment notes of itself, and the Deployment that keeps a part of what was applied last.

A held part is taken from what was noted, not from the live object, which has the API server's defaults and other
writers' fields in it.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from ingestor_common.json_text import ERRORS
from ingestor_operator import API_GROUP
from ingestor_operator.manifests.manifest import (
    REQUEST_ANNOTATION,
    SECRETS_ANNOTATION,
    Manifest,
    described,
    digested,
)

TEMPLATE_ANNOTATION = f"{API_GROUP}/applied-template"
LONGEST_NOTE = 128 * 1024
"""Bytes of a template that is noted, of the 256 KiB that all annotations of an object have. A longer one is applied
without a note, and so at once with whatever Secrets there are."""


def noted(deployment: Manifest, request: str) -> Manifest:
    """The Deployment with annotations of its pod template, and of the digest of what was asked of it.

    The request is the same whichever release builds the Deployment.
    """
    text = json.dumps(deployment["spec"]["template"], sort_keys=True, separators=(",", ":"))
    note = {TEMPLATE_ANNOTATION: text} if len(text) <= LONGEST_NOTE else {}
    return described(deployment, annotations=note | {REQUEST_ANNOTATION: request})


def request_of(deployment: Manifest) -> str | None:
    """The digest of what was asked of it; None where an operator applied it that did not note it."""
    found: str | None = _annotations(deployment).get(REQUEST_ANNOTATION)
    return found


def applied_template(deployment: Manifest) -> Manifest | None:
    """The pod template as it was applied; None where an operator applied it that did not note it."""
    return _object(_annotations(deployment).get(TEMPLATE_ANNOTATION))


def secrets_text(versions: Mapping[str, str]) -> str:
    """An annotation of pods that tells which Secrets they read, and changes with each of them."""
    return json.dumps(versions, sort_keys=True, separators=(",", ":"))


def noted_secrets(template: Manifest) -> Mapping[str, str]:
    """The Secrets that the pods read, by name; a value changes with its Secret, and is empty for a missing one."""
    return _object(_annotations(template).get(SECRETS_ANNOTATION)) or {}


def with_images(deployment: Manifest, images: Mapping[str, str]) -> Manifest:
    """The noted Deployment with these images in its containers of those names."""
    template = deployment["spec"]["template"]
    containers = [
        container | ({"image": images[container["name"]]} if container["name"] in images else {})
        for container in template["spec"]["containers"]
    ]
    pods = template | {"spec": template["spec"] | {"containers": containers}}
    return _with_template(deployment, pods, _annotations(deployment)[REQUEST_ANNOTATION])


def with_pods_of(live: Manifest, deployment: Manifest) -> Manifest:
    """The noted Deployment with the pod template that was applied last, where that was noted."""
    template, request = applied_template(live), request_of(live)
    return deployment if template is None or request is None else _with_template(deployment, template, request)


def _with_template(deployment: Manifest, template: Manifest, request: str) -> Manifest:
    return digested(noted(deployment | {"spec": deployment["spec"] | {"template": template}}, request))


def _object(text: str | None) -> dict[str, Any] | None:
    """The JSON object of the text; None where somebody else has written something there."""
    try:
        found = msgspec.json.decode(text or "")
    except (*ERRORS, UnicodeEncodeError):
        return None
    return found if isinstance(found, dict) else None


def _annotations(body: Manifest) -> Mapping[str, str]:
    return body.get("metadata", {}).get("annotations") or {}
