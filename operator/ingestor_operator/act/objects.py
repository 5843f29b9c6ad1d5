"""Changes of Kubernetes objects on the real API server."""

from collections.abc import Awaitable

from httpx2 import HTTPStatusError
from lightkube.core.exceptions import ApiError

from ingestor_operator.act.outcome import DRIFT_CORRECTED, SCALED, Outcome
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.difference import Change, owner_of
from ingestor_operator.manifests.manifest import Manifest, component_name
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.problem import Problem
from ingestor_operator.scaling import Decision


async def act_on_objects(cluster: Cluster, resource: Resource, changes: Changes) -> Outcome:
    """Apply and delete, one object after the other."""
    outcome = Outcome()
    for change in changes.applied:
        outcome += await _guarded(_apply(cluster, resource, change))
    for manifest in changes.deleted:
        outcome += await _guarded(_delete(cluster, manifest))
    return outcome


async def scale(cluster: Cluster, resource: Resource, decision: Decision | None) -> Outcome:
    """Write the decided number of consumers, if it is another one."""
    if decision is None or not decision.changes:
        return Outcome()
    return await _guarded(_scale(cluster, resource, decision))


async def _apply(cluster: Cluster, resource: Resource, change: Change) -> Outcome:
    live = await cluster.find(change.manifest)
    if live and owner_of(live) != resource.uid:
        return Outcome(failures=(_name_taken(change),))
    applied = await cluster.apply(change.manifest)
    if live and applied["metadata"]["resourceVersion"] == live["metadata"]["resourceVersion"]:
        # An admission webhook makes our value the one that it found: nothing was written.
        return Outcome()
    what = f"{change.kind} {change.name}"
    match change.reason:
        case "missing":
            return Outcome(done=(Problem("Created", f"Created {what}."),))
        case "changed":
            return Outcome(done=(Problem("Updated", f"Updated {what}."),), rolled=_rolled(change))
        case "drifted":
            message = f"Put {what} back: {change.path} had been changed by another writer."
            return Outcome(warnings=(Problem(DRIFT_CORRECTED, message),), rolled=_rolled(change))


def _rolled(change: Change) -> frozenset[str]:
    """The Deployment whose spec the change wrote, if it did."""
    of_metadata = change.path.startswith("metadata")
    return frozenset() if change.kind != "Deployment" or of_metadata else frozenset({change.name})


async def _delete(cluster: Cluster, manifest: Manifest) -> Outcome:
    await cluster.delete(manifest)
    what = f"{manifest['kind']} {manifest['metadata']['name']}"
    return Outcome(done=(Problem("Deleted", f"Deleted {what}, which is not needed any more."),))


async def _scale(cluster: Cluster, resource: Resource, decision: Decision) -> Outcome:
    name = component_name(resource, "consumer")
    await cluster.scale_deployment(resource.namespace, name, decision.replicas)
    message = f"Scaled the consumers from {decision.current} to {decision.replicas}: {decision.message}"
    return Outcome(done=(Problem(SCALED, message),))


async def _guarded(step: Awaitable[Outcome]) -> Outcome:
    try:
        return await step
    except HTTPStatusError as error:
        return Outcome(failures=(api_problem(error),))


def api_problem(error: HTTPStatusError) -> Problem:
    """A refusal of the API server as a condition's reason and sentence."""
    status = error.status if isinstance(error, ApiError) else None
    if status is None and error.response.status_code == 404:
        # A missing object is an ApiError; plain text is what an unknown kind is answered with.
        return Problem("KindUnknown", f"The cluster has no {error.request.url.path}; install the CRD or do without.")
    text = (status and status.message) or f"{error.response.status_code} from {error.request.url.path}"
    text = text.rstrip(".")
    code = error.response.status_code
    if code == 403 and "because it is being terminated" in text:
        return Problem("NamespaceTerminating", f"{text}.")
    if code == 403:
        return Problem("Forbidden", f"{text}; grant it in the operator's Role or ClusterRole.")
    return Problem("ApplyFailed", f"{text}.")


def _name_taken(change: Change) -> Problem:
    return Problem(
        "NameTaken",
        f"{change.kind} {change.name} exists and belongs to something else; delete or rename it, or give this"
        " IngestorDeployment another name.",
    )
