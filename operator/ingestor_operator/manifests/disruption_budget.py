"""PodDisruptionBudgets: node drains take one pod of a component at a time."""

from typing import Literal

from ingestor_operator.manifests.manifest import Manifest, component_name, owned, selector
from ingestor_operator.model.resource import Resource


def disruption_budget(resource: Resource, component: Literal["api", "consumer"]) -> Manifest:
    """NAME-api or NAME-consumer; one may be missing, so that a single replica never blocks a drain.

    Nor does a pod that is not ready: while the database is away none of them is, and a node is drained all the same.
    """
    name = component_name(resource, component)
    return owned(resource, "policy/v1", "PodDisruptionBudget", name, component) | {
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(resource, component)},
        }
    }
