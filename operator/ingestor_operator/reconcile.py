"""One reconcile: observe, plan, build, act, tell."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from httpx2 import HTTPStatusError
from pydantic import ValidationError

from ingestor_operator.act.objects import act_on_objects, api_problem, scale
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.act.patience import Patience
from ingestor_operator.act.topics import act_on_topics, mark_topics
from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.recorder import Named, Recorder
from ingestor_operator.kubernetes.rights import Rights
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.manifests.objects import objects
from ingestor_operator.metrics import Metrics
from ingestor_operator.model.resource import Resource, last_status, parse
from ingestor_operator.model.status import Status
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.observe import Clock, observe, utc_now
from ingestor_operator.plan.changes import Changes, make_changes
from ingestor_operator.plan.databases import Databases
from ingestor_operator.plan.ownership import own_mark
from ingestor_operator.plan.plan import Plan, make_plan
from ingestor_operator.plan.problem import Problem
from ingestor_operator.plan.scaling import scaling_memory, scaling_spec
from ingestor_operator.scaling import ScalingState, next_look
from ingestor_operator.status.events import notices, warning
from ingestor_operator.status.status import failed_status, make_status, paused_status

log = structlog.get_logger(__name__)

SOON = timedelta(seconds=1)
"""When to look again after something was changed: the status then tells what came of it."""
UNREADY = timedelta(seconds=10)
"""When to look again, at the latest, while something is not ready: pods are not watched, and say why."""


@dataclass(frozen=True)
class Result:
    """How one reconcile ended, and when to look again; None: when something happens."""

    changed: bool = False
    failed: bool = False
    again: timedelta | None = None
    deaf: bool = False
    """Whether news do not hasten the next look: they are most likely another writer's answer to us."""
    gone: bool = False
    """Whether there is no such resource any more."""


class Reconciler:
    """Brings resources and the world together, one resource at a time."""

    def __init__(
        self,
        cluster: Cluster,
        clients: KafkaClients,
        metrics: Metrics,
        release: Release,
        scope: str,
        clock: Clock = utc_now,
    ) -> None:
        self.cluster = cluster
        self.clients = clients
        self.recorder = Recorder(cluster)
        self._metrics = metrics
        self._release = release
        self._scope = scope
        self._clock = clock
        self._rights = Rights(cluster, scope)
        self._scaling: dict[str, ScalingState] = {}
        self._patience: dict[str, Patience] = {}
        self._databases = Databases()

    async def reconcile(self, namespace: str, name: str) -> Result:
        """One reconcile of the resource, whatever state it and the world are in.

        What Kubernetes or Kafka refuses becomes conditions and events; it is raised only where Kubernetes
        cannot be reached at all.
        """
        word = "failed"
        try:
            with self._metrics.duration.time():
                result = await self._reconcile(namespace, name)
            if not result.failed:
                word = "changed" if result.changed else "unchanged"
        finally:
            self._metrics.reconciles.labels(word).inc()
        return result

    async def refuse(self, resource: Resource, problem: Problem) -> None:
        """Say in Ready, and in an event when it is news, what keeps the resource from what was asked of it."""
        last = resource.status.condition("Ready")
        status = failed_status(resource.status, resource.generation, problem, self._clock())
        self._metrics.told(resource.namespace, resource.name, status)
        # First, for it may be the status that cannot be written.
        if resource.spec.mode == "Enforce" and (last is None or last.reason != problem.reason):
            await self.recorder.record(resource, warning(problem), self._clock())
        if status != resource.status:
            await self.cluster.write_status(resource.namespace, resource.name, _json(status))

    def forget(self, namespace: str, name: str, uid: str) -> None:
        """Drop what is remembered of a resource that is gone."""
        self._scaling.pop(uid, None)
        self._patience.pop(uid, None)
        self._databases.forget(uid)
        self.clients.forget(uid)
        self._metrics.forget(namespace, name)

    async def _reconcile(self, namespace: str, name: str) -> Result:
        body = await self.cluster.resource(namespace, name)
        if body is None:
            return Result(gone=True)
        if body["metadata"].get("deletionTimestamp"):
            return Result()
        try:
            resource = parse(body)
        except ValidationError as error:
            return await self._not_understood(body, error)
        if resource.spec.paused:
            self._metrics.paused(namespace, name)
            await self._rest(resource)
            return Result()
        try:
            return await self._act(resource)
        except HTTPStatusError as error:
            return await self._failed(resource, api_problem(error))

    async def _rest(self, resource: Resource) -> None:
        """Say once that the status is of the past from now on."""
        status = paused_status(resource.status)
        if status != resource.status:
            await self.cluster.write_status(resource.namespace, resource.name, _json(status))

    async def _act(self, resource: Resource) -> Result:
        observation = await observe(resource, self.cluster, self.clients, self._scope, self._clock)
        self._databases.seen(resource, observation.secrets)
        observation = replace(observation, same_database=self._databases.sharing(resource, observation.others))
        plan, state = make_plan(observation, self._scaling.get(resource.uid) or scaling_memory(resource))
        self._scaling[resource.uid] = state
        self._metrics.planned(resource, plan)
        changes = make_changes(observation, objects(resource, self._release, observation.secret_versions))
        outcome = Outcome(failures=await self._rights.lacking())
        if resource.spec.mode == "Enforce":
            outcome += await self._enforce(observation, plan, changes)
        status = make_status(observation, plan, changes, outcome, self._release.version)
        if plan.decision and status.decisions[:1] != resource.status.decisions[:1]:
            self._metrics.decided(plan.decision)
        await self._tell(resource, status, outcome)
        return self._result(observation, outcome, self._next(resource, status, state))

    async def _enforce(self, observation: Observation, plan: Plan, changes: Changes) -> Outcome:
        resource = observation.resource
        outcome = Outcome()
        if plan.topics.marks or plan.topics.actions:
            admin = self.clients.of(resource, observation.secrets)
            outcome += await mark_topics(admin, plan.topics.marks)
            owner = own_mark(resource, observation.namespace, "", made=True, now=observation.now)
            outcome += await act_on_topics(admin, plan.topics.actions, owner)
        if plan.claim:
            return outcome
        outcome += await act_on_objects(self.cluster, resource, changes)
        return outcome + await scale(self.cluster, resource, plan.decision)

    async def _tell(self, resource: Resource, status: Status, outcome: Outcome) -> None:
        self._metrics.told(resource.namespace, resource.name, status)
        # First, for what was done is not seen again by the next look; the status is.
        if resource.spec.mode == "Enforce":
            for notice in notices(resource.status, status, outcome):
                await self.recorder.record(resource, notice, self._clock())
        if status != resource.status:
            await self.cluster.write_status(resource.namespace, resource.name, _json(status))

    async def _failed(self, resource: Resource, problem: Problem) -> Result:
        log.warning("reconcile refused", resource=resource.key, reason=problem.reason, message=problem.message)
        await self.refuse(resource, problem)
        return Result(failed=True)

    async def _not_understood(self, body: Manifest, error: ValidationError) -> Result:
        """Say so: the spec was stored under another CRD than this release's, or has an address that the services would
        refuse."""
        metadata, last = body["metadata"], last_status(body)
        faults = "; ".join(
            # Before the words of our own validators pydantic puts its own.
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        problem = Problem("SpecNotUnderstood", f"This release does not understand the spec: {faults}.")
        log.error("spec not understood", namespace=metadata["namespace"], name=metadata["name"], faults=faults)
        status = failed_status(last, metadata["generation"], problem, self._clock())
        self._metrics.told(metadata["namespace"], metadata["name"], status)
        if status != last:
            subject = Named(metadata["name"], metadata["namespace"], metadata["uid"])
            await self.cluster.write_status(subject.namespace, subject.name, _json(status))
            await self.recorder.record(subject, warning(problem), self._clock())
        return Result(failed=True)

    def _next(self, resource: Resource, status: Status, state: ScalingState) -> timedelta:
        interval = timedelta(seconds=next_look(scaling_spec(resource), state))
        return interval if status.is_ready else min(interval, UNREADY)

    def _result(self, observation: Observation, outcome: Outcome, interval: timedelta) -> Result:
        resource = observation.resource
        # What is refused does not keep the lag from being looked at in time.
        failed = bool(outcome.failures or outcome.topic_failures)
        if not outcome.drifted:
            return Result(outcome.changed, failed, min(SOON, interval) if outcome.changed else interval)
        patience = self._patience.get(resource.uid, Patience()).corrected(observation.now)
        self._patience[resource.uid] = patience
        return Result(outcome.changed, failed, patience.pause(SOON, interval), deaf=patience.corrections > 1)


def _json(status: Status) -> dict[str, Any]:
    return status.model_dump(mode="json", by_alias=True, exclude_none=True)
