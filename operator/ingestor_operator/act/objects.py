"""Changes of Kubernetes objects on the real API server."""

from collections.abc import Awaitable

import structlog
from httpx2 import HTTPError
from lightkube.core.exceptions import ApiError

from ingestor_operator.act.outcome import DRIFT_CORRECTED, SCALED, SCALED_BY_ANOTHER, Outcome, scaled_sentence
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.difference import Change, owner_of, stays_other, terminating
from ingestor_operator.kubernetes.refusal import api_problem, in_place_problem, refused_fields
from ingestor_operator.manifests.config_map import named_config_maps
from ingestor_operator.manifests.manifest import Manifest, component_name
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.problem import OBJECT_TERMINATES, Problem
from ingestor_operator.scaling import Decision, Reason

log = structlog.get_logger(__name__)

_AGREEING = frozenset({Reason.PINNED, Reason.AUTOSCALING_DISABLED, Reason.CAPACITY_MATCHES, Reason.AT_LIMIT})
"""Reasons to hold a number because it is the right one, or somebody's to set."""


async def act_on_objects(cluster: Cluster, resource: Resource, changes: Changes) -> Outcome:
    """Apply and delete, one object after the other; what names a ConfigMap that could not be had is left as it is."""
    outcome, refused = Outcome(), set[str]()
    for change in changes.applied:
        if refused.intersection(named_config_maps(change.manifest.get("spec"))):
            continue
        step = await _guarded(_apply(cluster, resource, change))
        if step.failures and change.kind == "ConfigMap":
            refused.add(change.name)
        outcome += step
    for manifest in changes.deleted:
        outcome += await _guarded(_delete(cluster, manifest))
    return outcome


async def scale(cluster: Cluster, resource: Resource, decision: Decision | None) -> Outcome:
    """Write the decided number of consumers, if it is another one."""
    if decision is None or not decision.changes:
        return Outcome()
    return await _guarded(_scale(cluster, resource, decision))


def late_scale(lost: Decision | None, decision: Decision | None) -> Outcome:
    """The move that the last look could not make, where this one finds the number: only its answer was lost."""
    return Outcome(late=lost) if lost and decision and lost.replicas == decision.current else Outcome()


def scaled_by_another(resource: Resource, decision: Decision | None, own: int | None) -> Outcome:
    """A warning where the decision takes back what another writer has made of `own`, the operator's `own_number`.

    The API server does not keep who wrote through the scale subresource of an object that was made by apply. The
    sentence has no numbers, so that an autoscaler that never gives up is one event, counted up.
    """
    if decision is None or not decision.changes or not _is_towards(own, decision):
        return Outcome()
    log.info("scaling taken back", resource=resource.key, own=own, found=decision.current, replicas=decision.replicas)
    message = (
        f"Another writer had scaled Deployment {component_name(resource, 'consumer')}, and the operator has taken that"
        " back: give the Deployment no autoscaler, and pin the number of consumers with"
        f" `kubectl scale ingd {resource.name} --replicas=N`."
    )
    return Outcome(warnings=(Problem(SCALED_BY_ANOTHER, message),))


def own_number(decision: Decision | None, own: int | None) -> int | None:
    """The number of consumers that the operator has last chosen or agreed to; None: not known.

    While it only waits, for the group or the end of a window, another writer's number is not the operator's yet.
    """
    if decision is None:
        return None
    if decision.changes:
        return decision.replicas
    return decision.current if own is None or decision.reason in _AGREEING else own


def _is_towards(own: int | None, decision: Decision) -> bool:
    """Whether another writer's number is left in the direction that it came from."""
    return own is not None and (own - decision.current) * (decision.replicas - decision.current) > 0


async def _apply(cluster: Cluster, resource: Resource, change: Change) -> Outcome:
    live = await cluster.find(change.manifest)
    if live and _is_to_go(live, change.manifest, resource):
        await cluster.delete(live)
        live = await cluster.find(change.manifest)
    if live and (waits := terminating(live, is_wanted=True)):
        # It may lack our labels, and only be seen here.
        return Outcome(failures=(Problem(OBJECT_TERMINATES, str(waits)),))
    if live and owner_of(live) != resource.uid:
        return Outcome(failures=(_name_taken(change),))
    try:
        applied = await cluster.apply(change.manifest)
    except ApiError as error:
        if live and (fields := await _refused_in_place(cluster, change.manifest, error)):
            return Outcome(failures=(in_place_problem(error, fields),))
        raise
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


def _is_to_go(live: Manifest, manifest: Manifest, resource: Resource) -> bool:
    """Whether the resource's own object has to be deleted before what was built can take its name."""
    is_held = terminating(live, is_wanted=True) is not None
    return not is_held and owner_of(live) == resource.uid and stays_other(manifest, live)


async def _refused_in_place(cluster: Cluster, manifest: Manifest, error: ApiError) -> frozenset[str]:
    """The fields that Kubernetes refuses of the object that is there, and would take of a new one.

    It has no code for fields that it does not change, and each kind's validation words of its own.
    """
    fields = refused_fields(error)
    if not fields:
        return fields
    try:
        await cluster.try_anew(manifest)
    except HTTPError as anew:
        # Of a new one too: what is wrong in the spec, or a port of the nodes that the present Service has.
        also = refused_fields(anew)
        return fields - also if also else frozenset()
    return fields


def _rolled(change: Change) -> frozenset[str]:
    """The Deployment whose spec the change wrote, if it did."""
    of_metadata = change.path.startswith("metadata")
    return frozenset() if change.kind != "Deployment" or of_metadata else frozenset({change.name})


async def _delete(cluster: Cluster, manifest: Manifest) -> Outcome:
    if not await cluster.delete(manifest):
        return Outcome()
    what = f"{manifest['kind']} {manifest['metadata']['name']}"
    return Outcome(done=(Problem("Deleted", f"Deleted {what}, which is not needed any more."),))


async def _scale(cluster: Cluster, resource: Resource, decision: Decision) -> Outcome:
    name = component_name(resource, "consumer")
    await cluster.scale_deployment(resource.namespace, name, decision.replicas)
    return Outcome(done=(Problem(SCALED, scaled_sentence(decision)),))


async def _guarded(step: Awaitable[Outcome]) -> Outcome:
    """What came of the step; a call that is refused, or that nobody answers, is the failure of this step alone."""
    try:
        return await step
    except HTTPError as error:
        return Outcome(failures=(api_problem(error),))


def _name_taken(change: Change) -> Problem:
    return Problem(
        "NameTaken",
        f"{change.kind} {change.name} exists and belongs to something else; delete or rename it, or give this"
        " IngestorDeployment another name.",
    )
