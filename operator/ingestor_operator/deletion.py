"""The end of a resource: its topics are deleted where it says so, and nothing else needs them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from confluent_kafka import KafkaError, KafkaException
from httpx2 import HTTPError

from ingestor_operator.kafka.admin import Admin, is_answer, lacking_right
from ingestor_operator.kafka.diagnosis import unreachable
from ingestor_operator.kafka.facts import KafkaFacts
from ingestor_operator.kafka.marks import MARK_GROUP
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.refusal import api_problem
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.times import age
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.observe import read_kafka, time_of, utc_now
from ingestor_operator.plan.claims import rivals
from ingestor_operator.plan.deletion import DeletionView, Release, Wait, keeps_topics, plan_deletion
from ingestor_operator.plan.ownership import foreign_mark, is_managed
from ingestor_operator.plan.problem import Problem, cause
from ingestor_operator.plan.scaling import scaling_observation
from ingestor_operator.reconcile import Reconciler
from ingestor_operator.status.events import Notice, warning

log = structlog.get_logger(__name__)

_SHOWS_READERS = {
    KafkaError.GROUP_AUTHORIZATION_FAILED: "Describe on all groups (*)",
    # A group of the newer protocol whose members hold a topic that the user may not describe.
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "Describe on all topics (*)",
}
"""The right that lacks where Kafka refuses to tell what other groups read."""


class Farewell:
    """Decides, each time it is asked, whether a resource may go now."""

    def __init__(self, reconciler: Reconciler, cluster: Cluster, patience: timedelta) -> None:
        self._reconciler = reconciler
        self._cluster = cluster
        self._patience = patience

    async def release(self, resource: Resource) -> Problem | None:
        """Delete what is to be deleted; a problem says that the resource has to stay for now, and why."""
        if keeps_topics(resource):
            return None
        try:
            return await self._release(resource)
        except HTTPError as error:
            problem = await self._failed(resource, api_problem(error))
        except Exception as error:
            # Whatever it is, also a fault of the operator's own: it must not hold the resource for good.
            log.exception("deletion failed", resource=resource.key)
            fault = Problem("DeletionFailed", f"The topics cannot be deleted: {cause(error)}.")
            problem = await self._failed(resource, fault)
        if problem:
            await self._reconciler.refuse(resource, problem)
        return problem

    async def _release(self, resource: Resource) -> Problem | None:
        observation = await self._reconciler.look(resource)
        waited = _waited(resource, observation.now)
        match await self._plan(observation, waited):
            case Wait(problem):
                await self._reconciler.scale_on(observation, problem)
                return problem
            case Release(names, notice):
                failure = await self._delete(observation, names)
                if failure:
                    await self._reconciler.refuse(resource, failure)
                # Afterwards: the API server may let an event wait, and the lag that was seen grows old meanwhile.
                if notice and not failure:
                    await self._tell(resource, warning(notice))
                return failure

    async def _failed(self, resource: Resource, problem: Problem) -> Problem | None:
        """A failure is waited for no longer than anything else."""
        if _waited(resource, utc_now()) < self._patience:
            return problem
        await self._tell(resource, warning(Problem("TopicRetained", f"{problem.message} The topic is kept.")))
        return None

    async def _plan(self, observation: Observation, waited: timedelta) -> Release | Wait:
        resource = observation.resource
        ends = await self._cluster.namespace_ends(resource.namespace)
        view = _view(observation, ends, waited)
        plan = plan_deletion(resource, view, self._patience)
        if not isinstance(plan, Release) or not plan.deleted:
            return plan
        # Asked last: every group of the Kafka cluster has to be looked at for it.
        asked = await self._with_foreign_groups(observation, view)
        plan = plan_deletion(resource, asked, self._patience)
        if not isinstance(plan, Release) or not plan.deleted:
            return plan
        # Again, directly before the deletion: that takes as long as there are groups, and events may have come.
        kafka = await read_kafka(resource, self._reconciler.clients, observation.secrets)
        now = _view(replace(observation, kafka=kafka, now=time_of(kafka, utc_now)), ends, waited)
        return plan_deletion(
            resource,
            replace(
                now,
                # Of a topic that has only come meanwhile nobody knows who reads it.
                managed=now.managed & asked.managed,
                foreign_groups=asked.foreign_groups,
                untold_groups=asked.untold_groups,
            ),
            self._patience,
        )

    async def _with_foreign_groups(self, observation: Observation, view: DeletionView) -> DeletionView:
        resource = observation.resource
        if not isinstance(observation.kafka, KafkaFacts):
            return view
        admin = self._reconciler.clients.of(resource, observation.secrets)
        managed = _managed(observation)
        topics = {name: facts.partitions for name, facts in observation.kafka.topics.items() if name in managed}
        try:
            uses = await foreign_groups(admin, resource.spec.kafka.consumer_group, topics)
        except KafkaException as error:
            if error.args[0].code() in _SHOWS_READERS:
                return replace(view, hidden_groups=_refusal(error.args[0]))
            return replace(view, kafka=unreachable(resource.spec.kafka, error, admin.troubles()))
        return replace(
            view,
            foreign_groups=tuple(group for group, used in uses.items() if used is True),
            untold_groups=tuple(group for group, used in uses.items() if used is None),
            hidden_groups=_hidden(uses),
        )

    async def _delete(self, observation: Observation, names: tuple[str, ...]) -> Problem | None:
        """Delete the topics; a Kafka that dies meanwhile is waited for as long as one that was dead before."""
        resource = observation.resource
        for name in names:
            admin = self._reconciler.clients.of(resource, observation.secrets)
            try:
                await admin.delete_topic(name)
            except KafkaException as error:
                return await self._failed(resource, _undeleted(resource, name, error, admin))
            await self._tell(resource, Notice("Normal", "TopicDeleted", f"Deleted topic {name}."))
        return None

    async def _tell(self, resource: Resource, notice: Notice) -> None:
        await self._reconciler.recorder.record(resource, notice, utc_now())


def _undeleted(resource: Resource, topic: str, error: KafkaException, admin: Admin) -> Problem:
    if refusal := lacking_right(error):
        return Problem("DeletionFailed", f"Topic {topic} is not deleted: {refusal}; the login needs Delete on it.")
    found = unreachable(resource.spec.kafka, error, admin.troubles())
    return Problem(found.reason, f"Topic {topic} is not deleted: {found.message}")


def _waited(resource: Resource, now: datetime) -> timedelta:
    """Time since the deletion was asked for."""
    return age(resource.deleted, now) if resource.deleted else timedelta(0)


def _view(observation: Observation, namespace_ends: bool, waited: timedelta) -> DeletionView:
    resource = observation.resource
    return DeletionView(
        kafka=observation.kafka,
        lag=scaling_observation(resource, observation.kafka, observation.deployment("consumer"), observation.now),
        rivals=_rivals(observation),
        managed=_managed(observation),
        namespace_ends=namespace_ends,
        waited=waited,
    )


def _rivals(observation: Observation) -> tuple[str, ...]:
    """Whoever else claims a topic: resources that the operator sees, and those that only a mark tells of."""
    resource, kafka = observation.resource, observation.kafka
    # Of two that go, the first one keeps no topic for the other, who would find it another's and keep it for good.
    staying = (other for other in observation.others if not other.deleted or keeps_topics(other))
    seen = {other.key for other in rivals(resource, staying, kafka)}
    topics = kafka.topics.values() if isinstance(kafka, KafkaFacts) else ()
    marks = (foreign_mark(resource, topic, observation.neighbours) for topic in topics)
    return tuple(sorted(seen | {mark.owner for mark in marks if mark}))


def _managed(observation: Observation) -> frozenset[str]:
    """Topics that the operator may change."""
    resource, kafka = observation.resource, observation.kafka
    if not isinstance(kafka, KafkaFacts):
        return frozenset()
    found = kafka.topics.values()
    return frozenset(each.name for each in found if is_managed(resource, each, kafka, observation.neighbours))


async def foreign_groups(admin: Admin, own: str, topics: Mapping[str, int]) -> dict[str, bool | KafkaError | None]:
    """Whether each group other than the resource's own has members or offsets on its topics (names to partitions).

    None where that cannot be told of a group; an error where Kafka refuses to tell it. The group that carries the owner
    marks reads nothing.
    """
    others = [group for group in await admin.groups() if group not in (own, MARK_GROUP)]
    return {group: await _uses_any(admin, group, topics) for group in others}


async def _uses_any(admin: Admin, group: str, topics: Mapping[str, int]) -> bool | KafkaError | None:
    found = [await _uses(admin, group, topic, partitions) for topic, partitions in topics.items()]
    if any(used is True for used in found):
        return True
    refusals = [used for used in found if isinstance(used, KafkaError)]
    if refusals:
        return refusals[0]
    return None if any(used is None for used in found) else False


async def _uses(admin: Admin, group: str, topic: str, partitions: int) -> bool | KafkaError | None:
    try:
        return await admin.uses(group, topic, partitions)
    except KafkaException as error:
        # What is refused of one group tells nothing of Kafka, nor of the other groups.
        if is_answer(error):
            refusal: KafkaError = error.args[0]
            return refusal
        raise


def _hidden(uses: Mapping[str, bool | KafkaError | None]) -> str | None:
    """The groups of which Kafka refuses to tell, with its words, and the right that lacks."""
    refused: dict[str, list[str]] = {}
    for group, used in uses.items():
        if isinstance(used, KafkaError):
            refused.setdefault(_refusal(used), []).append(group)
    return "; ".join(f"{', '.join(groups)}: {words}" for words, groups in refused.items()) or None


def _refusal(error: KafkaError) -> str:
    words, right = str(error.str()).removeprefix("Broker: ").rstrip(". "), _SHOWS_READERS.get(error.code())
    return f"{words}; the login needs {right}" if right else words
