"""The APIReady and ConsumerReady conditions."""

from typing import Literal

from ingestor_operator.manifests.manifest import Manifest, component_name
from ingestor_operator.model.secrets import api_secrets, consumer_secrets
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import Changes
from ingestor_operator.status.verdict import Verdict


def workload_verdict(observation: Observation, changes: Changes, component: Literal["api", "consumer"]) -> Verdict:
    """Whether the component's pods run the wanted template and are ready."""
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
    return _rollout(name, deployment)


def _rollout(name: str, deployment: Manifest) -> Verdict:
    wanted, ready, updated = _counts(deployment)
    if failure := _failure(deployment):
        message = f"Deployment {name} does not get its pods: {failure}; see `kubectl describe deployment {name}`."
        return Verdict("False", "RolloutFailed", message)
    if wanted == 0:
        return Verdict("True", "ScaledToZero", f"Deployment {name} is scaled to no pods.")
    if _behind(deployment) or updated < wanted:
        message = f"{updated} of {wanted} pods of Deployment {name} run the newest template."
        return Verdict("False", "RollingOut", message)
    if ready < wanted:
        message = f"{ready} of {wanted} pods of Deployment {name} are ready; see `kubectl describe deployment {name}`."
        return Verdict("False", "PodsNotReady", message)
    return Verdict("True", "PodsReady", f"{ready} of {wanted} pods of Deployment {name} are ready.")


def _counts(deployment: Manifest) -> tuple[int, int, int]:
    status = deployment.get("status") or {}
    return (
        deployment["spec"].get("replicas", 1),
        status.get("readyReplicas", 0),
        status.get("updatedReplicas", 0),
    )


def _failure(deployment: Manifest) -> str | None:
    """Kubernetes' words for what keeps the Deployment from its pods; it goes on trying all the same."""
    for condition in (deployment.get("status") or {}).get("conditions") or []:
        found = (condition["type"], condition["status"])
        if found == ("ReplicaFailure", "True"):
            return str(condition.get("message", "")).rstrip(".")
        if found == ("Progressing", "False") and condition.get("reason") == "ProgressDeadlineExceeded":
            return str(condition.get("message", "")).rstrip(".")
    return None


def _behind(deployment: Manifest) -> bool:
    """Whether the Deployment's controller has not seen the newest spec."""
    seen: int = (deployment.get("status") or {}).get("observedGeneration", 0)
    return bool(seen < deployment["metadata"].get("generation", 0))
