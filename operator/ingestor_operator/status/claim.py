"""What is said of a resource for which nothing may be created or changed."""

from ingestor_operator.manifests.manifest import component_name
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.migration import Migration
from ingestor_operator.plan.problem import Problem
from ingestor_operator.status.verdict import Verdict, Verdicts


def held_up(observation: Observation, changes: Changes, claim: Problem) -> Verdicts:
    """Conditions of what does not exist and is not going to; what exists is judged as it is."""
    verdicts: Verdicts = {}
    # A Job that has completed goes by its time to live.
    if changes.migration.state is not Migration.COMPLETE and ("Job", changes.migration_job) not in observation.objects:
        verdicts["DatabaseReady"] = _not_created(f"Job {changes.migration_job}", claim)
    if observation.deployment("api") is None:
        verdicts["APIReady"] = _not_created(f"Deployment {component_name(observation.resource, 'api')}", claim)
    if observation.deployment("consumer") is None:
        name = component_name(observation.resource, "consumer")
        verdicts["ConsumerReady"] = _not_created(f"Deployment {name}", claim)
        return verdicts
    left = Verdict("Unknown", claim.reason, "The consumers are left as they are; see the condition TopicReady.")
    return verdicts | {"ScalingActive": left, "ScalingLimited": left}


def _not_created(what: str, claim: Problem) -> Verdict:
    return Verdict("False", "NotCreated", f"{what} is not created: {claim.reason}; see the condition TopicReady.")
