"""The ConfigMaps with settings of before: what a new one changes, and which may go, as nothing will read them again."""

from collections.abc import Iterable
from dataclasses import replace

from ingestor_operator.kubernetes.difference import Change, differences
from ingestor_operator.manifests.config_map import named_config_maps
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.observe.observation import Observation


def without_settings_in_use(obsolete: Iterable[Manifest], observation: Observation) -> list[Manifest]:
    """The obsolete objects but those ConfigMaps that may still be read.

    By a pod, also one whose container restarts; by a Deployment, whose template may wait for the migration; by a Job;
    or, after `kubectl rollout undo`, by an earlier revision. Where the revisions are not known, all are kept.
    """
    found = list(obsolete)
    if all(body["kind"] != "ConfigMap" for body in found):
        return found
    history = observation.revisions_read
    readers = (*observation.pods, *observation.objects.values())
    read = {name for body in readers for name in named_config_maps(body.get("spec"))}
    return [
        body
        for body in found
        if body["kind"] != "ConfigMap" or (history is not None and body["metadata"]["name"] not in read | history)
    ]


def with_changed_settings(change: Change | None, observation: Observation) -> Change | None:
    """A ConfigMap that is to be made, with what is another setting in it than in the one that the Deployments read."""
    if change is None or (change.kind, change.reason) != ("ConfigMap", "missing"):
        return change
    deployments = (body for body in observation.objects.values() if body["kind"] == "Deployment")
    names = (name for body in deployments for name in named_config_maps(body["spec"]))
    former = next((found for name in names if (found := observation.own("ConfigMap", name))), None)
    if former is None:
        return change
    changed = differences({"data": change.manifest["data"]}, {"data": former.get("data") or {}})
    return replace(change, differences=tuple(changed))
