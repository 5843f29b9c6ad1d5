"""An IngestorDeployment as read from the API server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from ingestor_operator import API_GROUP
from ingestor_operator.model.spec import Spec
from ingestor_operator.model.status import Status

FINALIZER = f"{API_GROUP}/operator"
"""Keeps a resource until its topics are deleted."""


@dataclass(frozen=True)
class Resource:
    """One IngestorDeployment: identity, spec and last written status."""

    name: str
    namespace: str
    uid: str
    generation: int
    created: datetime
    deleted: datetime | None
    annotations: Mapping[str, str]
    spec: Spec
    status: Status
    finalizers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """namespace/name, as people write it."""
        return f"{self.namespace}/{self.name}"


def parse(body: Mapping[str, Any]) -> Resource:
    """The resource of a JSON body.

    Raises pydantic.ValidationError where the spec is not one this release understands. A status that an older
    release wrote in another form counts as never written.
    """
    metadata = body["metadata"]
    deleted = metadata.get("deletionTimestamp")
    return Resource(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        generation=metadata.get("generation", 1),
        created=datetime.fromisoformat(metadata["creationTimestamp"]),
        deleted=datetime.fromisoformat(deleted) if deleted else None,
        annotations=dict(metadata.get("annotations") or {}),
        spec=Spec.model_validate(body["spec"]),
        status=last_status(body),
        finalizers=tuple(metadata.get("finalizers") or ()),
    )


def last_status(body: Mapping[str, Any]) -> Status:
    """What the operator said last, as far as it can be read: another release has other fields, or other forms."""
    written = body.get("status")
    if not isinstance(written, Mapping):
        return Status()
    try:
        return Status.model_validate(written, extra="ignore")
    except ValidationError as refused:
        unreadable = {error["loc"][0] for error in refused.errors()}
    return Status.model_validate({k: v for k, v in written.items() if k not in unreadable}, extra="ignore")
