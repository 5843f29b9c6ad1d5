"""What one reconcile saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ingestor_operator.kafka.facts import KafkaObservation
from ingestor_operator.kubernetes.difference import owner_of
from ingestor_operator.manifests.manifest import Component, Manifest, component_name
from ingestor_operator.model.resource import Resource
from ingestor_operator.observe.answers import Answer
from ingestor_operator.observe.pods import Fault, component_pods, faults
from ingestor_operator.plan.ownership import Neighbours


@dataclass(frozen=True)
class Observation:
    """The resource, its neighbours, its Secrets, its objects and its topics at one moment."""

    now: datetime
    """When the offsets were read, where they could be."""
    resource: Resource
    others: tuple[Resource, ...]
    """All other resources that the operator sees."""
    secrets: Mapping[str, Mapping[str, str]]
    """Data of the referenced Secrets that exist, base64."""
    objects: Mapping[tuple[str, str], Manifest]
    """Live objects with the resource's labels, by kind and name."""
    kafka: KafkaObservation
    secret_versions: Mapping[str, str] = field(default_factory=dict)
    """What changes with every write of each of those Secrets."""
    not_understood: frozenset[str] = frozenset()
    """Uids of resources that another release wrote."""
    namespace: str = ""
    """Uid of the resource's namespace."""
    served: frozenset[str] = frozenset()
    """Uids of the namespaces that owner marks name, as far as the operator serves them."""
    admitted: frozenset[str] = frozenset()
    """Uids of the resources that this operator has let have their topics and group."""

    @property
    def neighbours(self) -> Neighbours:
        """Who else there is."""
        return Neighbours(self.others, self.not_understood, self.namespace, self.served, self.admitted)

    pods: tuple[Manifest, ...] = ()
    """Pods with the resource's labels; none where the operator may not list them."""
    revisions_read: frozenset[str] | None = None
    """ConfigMaps that earlier revisions of the Deployments name; None where they are not known."""
    warnings: Mapping[str, str] = field(default_factory=dict)
    """The newest Warning event of a Job or pod whose own status says nothing, by its uid."""
    same_database: tuple[str, ...] = ()
    """Other resources whose database is this one's, as namespace/name."""
    database_servers: tuple[str, ...] = ()
    """host:port of each database server that the connection URL names, as far as it can be read."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What pods say of themselves, by their uid; nothing of those that the operator does not reach."""

    def deployment(self, component: Literal["api", "consumer"]) -> Manifest | None:
        """The live Deployment of the component; None where it is not there, or is somebody else's."""
        return self.own("Deployment", component_name(self.resource, component))

    def own(self, kind: str, name: str) -> Manifest | None:
        """The live object; None where it is not there, or is somebody else's."""
        found = self.objects.get((kind, name))
        return found if found and owner_of(found) == self.resource.uid else None

    def faults(self, component: Component, owner: str | None = None) -> list[Fault]:
        """Why pods of the component (of that owner alone, by its uid) are not ready, the worst first."""
        pods = component_pods(self.pods, component)
        said = {uid: answer.reason for uid, answer in self.answers.items()} | dict(self.warnings)
        return faults([pod for pod in pods if owner in (None, owner_of(pod))], said, self.now)

    def missing(self, keys: frozenset[tuple[str, str]]) -> list[str]:
        """Those of the Secret keys that do not exist, as people would name them."""
        return [f"{name}[{key}]" for name, key in sorted(keys) if key not in self.secrets.get(name, {})]
