"""What somebody else has halted: fields that are not the operator's, and that it leaves as they are."""

from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.plan.problem import Problem

ROLLOUT_PAUSED = "RolloutPaused"
MIGRATION_SUSPENDED = "MigrationSuspended"
_JOB_CONTROLLER = "kubernetes.io/job-controller"


def deployment_halt(deployment: Manifest) -> Problem | None:
    """Why Kubernetes does not replace the Deployment's pods, and what to do; None where it may.

    A paused Deployment is still scaled, and pods that end are made anew.
    """
    name = deployment["metadata"]["name"]
    if not deployment["spec"].get("paused"):
        return None
    return Problem(
        ROLLOUT_PAUSED,
        f"The rollout of Deployment {name} is paused, and its pods are not replaced; go on with"
        f" `kubectl rollout resume deployment/{name}`.",
    )


def job_halt(job: Manifest) -> Problem | None:
    """Why Kubernetes runs no pod of a Job that has not ended, and what to do; None where it may."""
    name, spec = job["metadata"]["name"], job["spec"]
    if spec.get("suspend"):
        return _suspended(name, "is suspended", "suspend", "false")
    if spec.get("parallelism") == 0:
        return _suspended(name, "may run no pods (spec.parallelism is 0)", "parallelism", "1")
    manager = spec.get("managedBy", _JOB_CONTROLLER)
    if manager != _JOB_CONTROLLER:
        message = f"Job {name} is left to another controller, {manager} (spec.managedBy); see what that one waits for."
        return Problem(MIGRATION_SUSPENDED, message)
    return None


def _suspended(name: str, why: str, field: str, value: str) -> Problem:
    patch = f"""kubectl patch job/{name} --type=merge -p '{{"spec":{{"{field}":{value}}}}}'"""
    return Problem(MIGRATION_SUSPENDED, f"Job {name} {why}, and the database is not migrated; go on with `{patch}`.")
