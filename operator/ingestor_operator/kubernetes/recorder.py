"""Events on the object, for `kubectl describe`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from httpx2 import HTTPError

from ingestor_operator import API_GROUP, API_VERSION, FIELD_MANAGER, KIND
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.refusal import api_fault
from ingestor_operator.manifests.manifest import Manifest, digest
from ingestor_operator.status.events import Notice
from ingestor_operator.status.verdict import timestamp

log = structlog.get_logger(__name__)


class Subject(Protocol):
    """What an event is about: a Resource, or a resource whose spec is not understood."""

    @property
    def name(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def uid(self) -> str: ...


@dataclass(frozen=True)
class Named:
    """A Subject of which nothing else is known."""

    name: str
    namespace: str
    uid: str


class Recorder:
    """Records notices as Events; the same notice told again counts up one Event instead of making another."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def record(self, subject: Subject, notice: Notice, now: datetime) -> None:
        """Record the notice. A refusal is logged: an Event is not worth failing a reconcile for."""
        key = f"{subject.namespace}/{subject.name}"
        log.info("event recorded", resource=key, reason=notice.reason, message=notice.message)
        manifest = event(subject, notice, now)
        try:
            seen = await self._cluster.find(manifest)
            if seen is None:
                await self._cluster.create(manifest)
            else:
                count = seen.get("count", 1) + 1
                await self._cluster.replace(seen | {"count": count, "lastTimestamp": timestamp(now)})
        except HTTPError as error:
            log.warning("event not recorded", resource=key, reason=notice.reason, error=api_fault(error))


def event(subject: Subject, notice: Notice, now: datetime) -> Manifest:
    """The Event of a notice; its name tells the notice, so that it is found again."""
    name = f"{subject.name}.{digest([subject.uid, notice.reason, notice.message])}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": subject.namespace},
        "type": notice.type,
        "reason": notice.reason,
        "message": notice.message[:1024],
        "count": 1,
        "firstTimestamp": timestamp(now),
        "lastTimestamp": timestamp(now),
        "source": {"component": FIELD_MANAGER},
        "reportingComponent": FIELD_MANAGER,
        "reportingInstance": FIELD_MANAGER,
        "involvedObject": {
            "apiVersion": f"{API_GROUP}/{API_VERSION}",
            "kind": KIND,
            "name": subject.name,
            "namespace": subject.namespace,
            "uid": subject.uid,
        },
    }
