"""The APIReady and ConsumerReady conditions."""

from typing import Final, Literal

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.manifests.manifest import Manifest, component_name
from ingestor_operator.model.secrets import api_secrets, consumer_secrets
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.pods import Cause, Fault, one_line, worst
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.migration import changed_secrets
from ingestor_operator.plan.problem import OBJECT_TERMINATES
from ingestor_operator.status.halts import deployment_halt
from ingestor_operator.status.secrets import have_changed
from ingestor_operator.status.verdict import Verdict

_PODS_READY: Final = "PodsReady"
_SCALED_TO_ZERO: Final = "ScaledToZero"
_REASONS: Final = {
    Cause.IMAGE: "ImagePullFailed",
    Cause.NOT_CREATED: "ContainerNotCreated",
    Cause.CRASHES: "ContainerCrashes",
    Cause.NOT_SCHEDULED: "PodUnschedulable",
    Cause.NOT_STARTED: "PodNotStarted",
    Cause.HANGS: "PodNotStarted",
}
"""What a person has to mend; the other causes pass by themselves, or are told by the pod's own words alone."""
_ROLLOUT_FAILED: Final = "RolloutFailed"
_TO_MEND: Final = frozenset({*_REASONS.values(), _ROLLOUT_FAILED})
_HALTED: Final = (_PODS_READY, _SCALED_TO_ZERO, "RollingOut", _ROLLOUT_FAILED)
"""Reasons that a halt takes the place of."""


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
    if leaving := changes.terminating_one("Deployment", name):
        return Verdict("False", OBJECT_TERMINATES, str(leaving))
    if name in {manifest["metadata"]["name"] for manifest in changes.waiting}:
        waits = _waits(name, deployment, changes)
        rollout = _rollout(name, deployment, observation.faults(component))
        # What a person has to mend is not over for that something waits.
        return Verdict(
            "False",
            rollout.reason if rollout.reason in _TO_MEND else "WaitsForMigration",
            waits if _is_done(rollout) else f"{waits} {rollout.message}",
        )
    halt = deployment_halt(deployment)
    if halt and name in outcome.rolled:
        return Verdict("False", halt.reason, f"Deployment {name} was changed. {halt.message}")
    if name in outcome.rolled or (component == "consumer" and outcome.scaled):
        # What was observed is the Deployment as it was before; whoever waits for Ready waits for what it becomes.
        return Verdict("False", "RollingOut", f"Deployment {name} was changed; its pods follow.")
    return _rollout(name, deployment, observation.faults(component))


def _waits(name: str, deployment: Manifest, changes: Changes) -> str:
    wanted = next(manifest for manifest in changes.waiting if manifest["metadata"]["name"] == name)
    job, secrets = changes.migration_job, changed_secrets(wanted, deployment)
    if not secrets:
        return f"Deployment {name} keeps its image until Job {job} has finished."
    return (
        f"{have_changed(secrets)}: Deployment {name} keeps its pods as they are until Job {job} has finished; a pod"
        " that starts before reads what is there now."
    )


def _is_done(rollout: Verdict) -> bool:
    """Whether there is nothing to say of the pods."""
    return rollout.reason in (_PODS_READY, _SCALED_TO_ZERO)


def _rollout(name: str, deployment: Manifest, faults: list[Fault]) -> Verdict:
    unfinished = _unfinished(name, deployment)
    told = _explained(unfinished, name, deployment, faults) if unfinished else _finished(name, deployment)
    halt = deployment_halt(deployment)
    if halt is None:
        return told
    # Pods that exist and are not well are not kept from it by the halt.
    reason = halt.reason if told.reason in _HALTED else told.reason
    return Verdict(told.status, reason, f"{told.message} {halt.message}")


def _finished(name: str, deployment: Manifest) -> Verdict:
    wanted = _wanted(deployment)
    if wanted == 0:
        return Verdict("True", _SCALED_TO_ZERO, f"Deployment {name} is scaled to no pods.")
    return Verdict("True", _PODS_READY, f"Deployment {name} has {wanted} of {counted_noun(wanted, 'pod')} ready.")


def _explained(unfinished: Verdict, name: str, deployment: Manifest, faults: list[Fault]) -> Verdict:
    """The verdict, before it what keeps the worst pod from being ready: whoever reads looks for the cause."""
    told = faults and faults[0].cause is not Cause.STARTING
    cause = f"{_capital(worst(faults))}. " if told else ""
    so_far = f"{cause}{unfinished.message}"
    if told and (reason := _REASONS.get(faults[0].cause)):
        return Verdict("False", reason, so_far)
    if failure := _failure(deployment):
        look = f"See `kubectl describe deployment {name}`."
        return Verdict("False", _ROLLOUT_FAILED, f"Deployment {name} does not get its pods: {failure}. {so_far} {look}")
    return Verdict("False", unfinished.reason, so_far)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _unfinished(name: str, deployment: Manifest) -> Verdict | None:
    """What of the rollout is still to come; None once it is done."""
    status = deployment.get("status") or {}
    wanted, updated = _wanted(deployment), status.get("updatedReplicas", 0)
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0) or updated < wanted:
        message = f"Deployment {name} has {updated} of {counted_noun(wanted, 'pod')} of the newest template."
        return Verdict("False", "RollingOut", message)
    if surplus := status.get("replicas", 0) - updated:
        older = counted_noun(surplus, "pod")
        goes = "it goes" if surplus == 1 else "they go"
        message = f"Deployment {name} still has {older} of an older template; {goes} once newer ones are available."
        return Verdict("False", "RollingOut", message)
    available = status.get("availableReplicas", 0)
    if available < updated:
        message = f"Deployment {name} has {available} of {counted_noun(updated, 'pod')} available{_early(deployment)}."
        return Verdict("False", "PodsNotReady", message)
    return None


def _early(deployment: Manifest) -> str:
    """What is said of pods that are ready and not yet for long enough; the operator asks for no such time."""
    status, seconds = deployment["status"], deployment["spec"].get("minReadySeconds", 0)
    early = status.get("readyReplicas", 0) - status.get("availableReplicas", 0)
    if early <= 0 or not seconds:
        return ""
    return f"; {counted_noun(early, 'more is', 'more are')} ready, and counted after {seconds} s (minReadySeconds)"


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
