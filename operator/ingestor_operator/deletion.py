"""The end of a resource: its topics are deleted where it says so, and nothing else needs them."""

from datetime import timedelta

import structlog
from confluent_kafka import KafkaException
from httpx2 import HTTPStatusError

from ingestor_operator.act.objects import api_problem
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.facts import KafkaFacts, KafkaUnreachable
from ingestor_operator.kafka.observe import unreachable_message
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.model.resource import Resource
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.observe import observe, utc_now
from ingestor_operator.plan.claims import rivals
from ingestor_operator.plan.deletion import DeletionView, Release, Wait, plan_deletion
from ingestor_operator.plan.problem import Problem
from ingestor_operator.plan.scaling import scaling_observation
from ingestor_operator.reconcile import Reconciler
from ingestor_operator.status.events import Notice, warning

log = structlog.get_logger(__name__)


class Farewell:
    """Decides, each time it is asked, whether a resource may go now."""

    def __init__(self, reconciler: Reconciler, cluster: Cluster, scope: str, patience: timedelta) -> None:
        self._reconciler = reconciler
        self._cluster = cluster
        self._scope = scope
        self._patience = patience

    async def release(self, resource: Resource) -> Problem | None:
        """Delete what is to be deleted; a problem says that the resource has to stay for now, and why."""
        if resource.spec.kafka.topic.deletion_policy == "Retain":
            return None
        try:
            return await self._release(resource)
        except HTTPStatusError as error:
            return await self._refused(resource, api_problem(error))

    async def _release(self, resource: Resource) -> Problem | None:
        observation = await observe(resource, self._cluster, self._reconciler.clients, self._scope)
        view = await self._view(observation)
        match plan_deletion(resource, view, self._patience):
            case Wait(problem):
                await self._tell(resource, warning(problem))
                return problem
            case Release(names, notice):
                if notice:
                    await self._tell(resource, warning(notice))
                return await self._delete(observation, names, view.waited)

    async def _refused(self, resource: Resource, problem: Problem) -> Problem | None:
        """What the API server refuses is waited for no longer than anything else."""
        if utc_now() - (resource.deleted or utc_now()) < self._patience:
            return problem
        await self._tell(resource, warning(Problem("TopicRetained", f"{problem.message} The topic is kept.")))
        return None

    async def _view(self, observation: Observation) -> DeletionView:
        resource, kafka = observation.resource, observation.kafka
        foreign: tuple[str, ...] = ()
        if isinstance(kafka, KafkaFacts) and resource.spec.kafka.topic.name in kafka.topics:
            admin = self._reconciler.clients.of(resource, observation.secrets)
            try:
                foreign = await foreign_groups(admin, resource)
            except KafkaException as error:
                message = unreachable_message(resource.spec.kafka, error)
                kafka = KafkaUnreachable("KafkaUnreachable", message)
        return DeletionView(
            kafka=kafka,
            lag=scaling_observation(resource, kafka, observation.deployment("consumer"), observation.now),
            foreign_groups=foreign,
            rivals=tuple(other.key for other in rivals(resource, observation.others)),
            namespace_ends=await self._cluster.namespace_ends(resource.namespace),
            waited=observation.now - (resource.deleted or observation.now),
        )

    async def _delete(self, observation: Observation, names: tuple[str, ...], waited: timedelta) -> Problem | None:
        """Delete the topics; a Kafka that dies meanwhile is waited for as long as one that was dead before."""
        resource = observation.resource
        for name in names:
            try:
                await self._reconciler.clients.of(resource, observation.secrets).delete_topic(name)
            except KafkaException as error:
                problem = Problem("KafkaUnreachable", unreachable_message(resource.spec.kafka, error))
                await self._tell(resource, warning(problem))
                return problem if waited < self._patience else None
            await self._tell(resource, Notice("Normal", "TopicDeleted", f"Deleted topic {name}."))
        return None

    async def _tell(self, resource: Resource, notice: Notice) -> None:
        await self._reconciler.recorder.record(resource, notice, utc_now())


async def foreign_groups(admin: Admin, resource: Resource) -> tuple[str, ...]:
    """Groups other than the resource's own that have members or offsets on its topic."""
    kafka = resource.spec.kafka
    found = []
    for group in await admin.groups():
        if group != kafka.consumer_group and await admin.uses(group, kafka.topic.name):
            found.append(group)
    return tuple(found)
