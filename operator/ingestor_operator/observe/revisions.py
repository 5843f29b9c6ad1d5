"""What the earlier revisions of the Deployments read, which `kubectl rollout undo` may bring back."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.difference import owner_of
from ingestor_operator.manifests.config_map import named_config_maps
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.model.resource import Resource

READ_EVERY: Final = 60.0
"""Seconds for which an answer is good, where no Deployment has changed since."""


@dataclass(frozen=True)
class _Known:
    """The ConfigMaps that revisions name, when that was read, and the Deployments' versions then."""

    names: frozenset[str] | None
    at: float
    versions: tuple[str, ...]


class Revisions:
    """The ConfigMaps that ReplicaSets name.

    A Deployment keeps up to eleven ReplicaSets, each as large as itself. Read at each look, they would be most of what
    is read; a revision goes when the Deployment changes, or by hand.
    """

    def __init__(self, cluster: Cluster, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def config_maps(
        self, resource: Resource, objects: Mapping[tuple[str, str], Manifest]
    ) -> frozenset[str] | None:
        """Names of the ConfigMaps; None where they are not known, or where the resource has but one.

        Raises ApiError where ReplicaSets cannot be read for another reason than a right that is missing.
        """
        own = [body for (kind, _), body in objects.items() if kind == "ConfigMap" and owner_of(body) == resource.uid]
        if len(own) < 2:
            return None
        versions = tuple(
            f"{name}/{body['metadata']['resourceVersion']}"
            for (kind, name), body in sorted(objects.items(), key=lambda item: item[0])
            if kind == "Deployment"
        )
        known, now = self._known.get(resource.uid), self._clock()
        if known is None or known.versions != versions or now - known.at >= READ_EVERY:
            known = _Known(await self._read(resource), now, versions)
            self._known[resource.uid] = known
        return known.names

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a resource that is gone."""
        self._known.pop(uid, None)

    async def _read(self, resource: Resource) -> frozenset[str] | None:
        found = await self._cluster.replica_sets(resource.namespace, resource.name)
        return None if found is None else frozenset(name for body in found for name in named_config_maps(body["spec"]))
