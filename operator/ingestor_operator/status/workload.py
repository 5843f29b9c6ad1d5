"""The APIReady and ConsumerReady conditions."""

from typing import Final, Literal

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.manifests.manifest import Manifest, component_name
from ingestor_operator.model.secrets import api_secrets, consumer_secrets
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.pods import Cause, Fault, one_line, worst
from ingestor_operator.plan.changes import Changes
from ingestor_operator.status.verdict import Verdict

_REASONS: Final = {
    Cause.IMAGE: "ImagePullFailed",
    Cause.NOT_CREATED: "ContainerNotCreated",
    Cause.CRASHES: "ContainerCrashes",
    Cause.NOT_SCHEDULED: "PodUnschedulable",
    Cause.NOT_STARTED: "PodNotStarted",
}
"""What a person has to mend; the other causes pass by themselves, or are told by the pod's own words alone."""


def workload_verdict(
    observation: Observation, changes: Changes, outcome: Outcome, component: Literal["api", "consumer"]
) -> Verdict:
    """Whether all pods of the component run the wanted template and are available, as `kubectl rollout status` counts.

    https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go
    """
    spec = observation.resource.spec
    missing = observation.missing(api_secrets(spec) if component == "api" else consumer_secrets(spec))
    if missing:
        return Verdict("False", "SecretMissing", f"Secret {', '.join(missing)} does not exist; create it.")
    name = component_name(observation.resource, component)
    deployment = observation.deployment(component)
    if deployment is None:
        return Verdict("False", "NotCreated", f"Deployment {name} does not exist yet.")
    if name in {manifest["metadata"]["name"] for manifest in changes.waiting}:
        message = f"Deployment {name} keeps its image until Job {changes.migration_job} has finished."
        return Verdict("False", "WaitsForMigration", message)
    if name in outcome.rolled or (component == "consumer" and outcome.scaled):
        # What was observed is the Deployment as it was before; whoever waits for Ready waits for what it becomes.
        return Verdict("False", "RollingOut", f"Deployment {name} was changed; its pods follow.")
    return _rollout(name, deployment, observation.faults(component))


def _rollout(name: str, deployment: Manifest, faults: list[Fault]) -> Verdict:
    unfinished = _unfinished(name, deployment)
    if unfinished:
        return _explained(unfinished, name, deployment, faults)
    wanted = _wanted(deployment)
    if wanted == 0:
        return Verdict("True", "ScaledToZero", f"Deployment {name} is scaled to no pods.")
    return Verdict("True", "PodsReady", f"{wanted} of {wanted} pods of Deployment {name} are ready.")


def _explained(unfinished: Verdict, name: str, deployment: Manifest, faults: list[Fault]) -> Verdict:
    """The verdict with what keeps the worst pod from being ready, in Kubernetes' words."""
    told = faults and faults[0].cause is not Cause.STARTING
    so_far = unfinished.message.rstrip(".") + (f": {worst(faults)}" if told else "")
    if told and (reason := _REASONS.get(faults[0].cause)):
        return Verdict("False", reason, f"{so_far}.")
    if failure := _failure(deployment):
        look = f"see `kubectl describe deployment {name}`"
        return Verdict(
            "False", "RolloutFailed", f"Deployment {name} does not get its pods: {failure}. {so_far}; {look}."
        )
    return Verdict("False", unfinished.reason, f"{so_far}.")


def _unfinished(name: str, deployment: Manifest) -> Verdict | None:
    """What of the rollout is still to come; None once it is done."""
    status = deployment.get("status") or {}
    wanted, updated = _wanted(deployment), status.get("updatedReplicas", 0)
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0) or updated < wanted:
        message = f"{updated} of {wanted} pods of Deployment {name} run the newest template."
        return Verdict("False", "RollingOut", message)
    if surplus := status.get("replicas", 0) - updated:
        message = f"{surplus} pods of Deployment {name} still run an older template, until newer ones are available."
        return Verdict("False", "RollingOut", message)
    available = status.get("availableReplicas", 0)
    if available < updated:
        message = f"{available} of {updated} pods of Deployment {name} are available."
        return Verdict("False", "PodsNotReady", message)
    return None


def _wanted(deployment: Manifest) -> int:
    replicas: int = deployment["spec"].get("replicas", 1)
    return replicas


def _failure(deployment: Manifest) -> str | None:
    """Kubernetes' words for what keeps the Deployment from its pods; it goes on trying all the same."""
    for condition in (deployment.get("status") or {}).get("conditions") or []:
        found = (condition["type"], condition["status"])
        if found == ("ReplicaFailure", "True"):
            return one_line(condition.get("message", ""))
        if found == ("Progressing", "False") and condition.get("reason") == "ProgressDeadlineExceeded":
            return one_line(condition.get("message", ""))
    return None
