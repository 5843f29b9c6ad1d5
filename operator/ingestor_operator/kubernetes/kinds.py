"""The kinds the operator reads and writes, as unstructured objects.

Manifests stay plain JSON objects from end to end: a typed model would drop what a newer Kubernetes, or a
person's pod template, knows and the model does not.
"""

from functools import cache

from lightkube.generic_resource import (
    GenericNamespacedResource,
    create_global_resource,
    create_namespaced_resource,
)

from ingestor_operator import API_GROUP, API_VERSION, KIND, PLURAL

Kind = type[GenericNamespacedResource]

PLURALS = {
    "ServiceAccount": "serviceaccounts",
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "Service": "services",
    "Event": "events",
    "Job": "jobs",
    "Deployment": "deployments",
    "ReplicaSet": "replicasets",
    "Pod": "pods",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "PodMonitor": "podmonitors",
    "Lease": "leases",
    KIND: PLURAL,
}
OWNED = (
    ("v1", "ServiceAccount"),
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("apps/v1", "Deployment"),
    ("policy/v1", "PodDisruptionBudget"),
    ("monitoring.coreos.com/v1", "PodMonitor"),
)
"""Kinds that a resource may own."""
RESOURCE = (f"{API_GROUP}/{API_VERSION}", KIND)

NAMESPACE = create_global_resource("", "v1", "Namespace", "namespaces")
ACCESS_REVIEW = create_global_resource(
    "authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews"
)


@cache
def kind(api_version: str, name: str) -> Kind:
    """The class lightkube wants for a kind."""
    group, _, version = api_version.rpartition("/")
    made: Kind = create_namespaced_resource(group, version, name, PLURALS[name])
    return made
