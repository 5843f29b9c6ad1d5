"""Which fields of a live object are still as we applied them, from its managedFields.

The API server takes a field from us as soon as another writer changes, adds or removes it, and leaves it ours where
it stored our own value in another form: `hostNetwork: false` is not stored at all.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ingestor_operator import FIELD_MANAGER
from ingestor_operator.manifests.manifest import Manifest

Fields = Mapping[str, Any]
"""A part of fieldsV1; an empty one is a value that is owned as a whole."""


def applied_fields(live: Manifest) -> Fields | None:
    """The fields that we applied and nobody has changed since; None where there are none."""
    for entry in live["metadata"].get("managedFields") or []:
        if (entry["manager"], entry["operation"], entry.get("subresource")) == (FIELD_MANAGER, "Apply", None):
            return dict(entry.get("fieldsV1") or {}) or None
    return None


def member(fields: Fields | None, name: str) -> Fields | None:
    """The part of an object's member; None where it is not ours."""
    return fields if not fields else fields.get(f"f:{name}")


def items(fields: Fields | None) -> Iterator[tuple[Mapping[str, Any], Fields]]:
    """Keys and parts of the items of an associative list."""
    for name, part in (fields or {}).items():
        if name.startswith("k:"):
            yield json.loads(name[2:]), part
