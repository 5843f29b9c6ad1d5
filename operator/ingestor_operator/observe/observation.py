"""What one reconcile saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingestor_operator.kafka.facts import KafkaObservation
from ingestor_operator.kubernetes.difference import owner_of
from ingestor_operator.manifests.manifest import Manifest, component_name
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.ownership import Neighbours


@dataclass(frozen=True)
class Observation:
    """The resource, its neighbours, its Secrets, its objects and its topics at one moment."""

    now: datetime
    resource: Resource
    others: tuple[Resource, ...]
    """All other resources that the operator sees."""
    secrets: Mapping[str, Mapping[str, str]]
    """Data of the referenced Secrets that exist, base64."""
    objects: Mapping[tuple[str, str], Manifest]
    """Live objects with the resource's labels, by kind and name."""
    kafka: KafkaObservation
    not_understood: frozenset[str] = frozenset()
    """Uids of resources that another release wrote."""
    namespace: str = ""
    """Uid of the resource's namespace."""
    served: frozenset[str] = frozenset()
    """Uids of the namespaces that owner marks name, as far as the operator serves them."""

    @property
    def neighbours(self) -> Neighbours:
        """Who else there is."""
        return Neighbours(self.others, self.not_understood, self.namespace, self.served)

    def deployment(self, component: Literal["api", "consumer"]) -> Manifest | None:
        """The live Deployment of the component; None where it is not there, or is somebody else's."""
        found = self.objects.get(("Deployment", component_name(self.resource, component)))
        return found if found and owner_of(found) == self.resource.uid else None

    def missing(self, keys: frozenset[tuple[str, str]]) -> list[str]:
        """Those of the Secret keys that do not exist, as people would name them."""
        return [f"{name}[{key}]" for name, key in sorted(keys) if key not in self.secrets.get(name, {})]
