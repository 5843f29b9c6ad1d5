"""One reconcile: observe, plan, build, act, tell."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from httpx2 import HTTPError
from lightkube.core.exceptions import ApiError
from pydantic import ValidationError

from ingestor_operator.act.objects import act_on_objects, late_scale, own_number, scale, scaled_by_another
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.act.patience import Patience
from ingestor_operator.act.topics import act_on_topics, mark_topics
from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kafka.facts import KafkaFacts
from ingestor_operator.kafka.observe import Clock
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.recorder import Named, Recorder
from ingestor_operator.kubernetes.refusal import UNREACHABLE, api_problem
from ingestor_operator.kubernetes.rights import Rights
from ingestor_operator.manifests.manifest import Manifest, Release, component_name
from ingestor_operator.manifests.objects import objects
from ingestor_operator.metrics import Metrics
from ingestor_operator.model.resource import FINALIZER, Resource, last_status, parse
from ingestor_operator.model.status import Status
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.observe import observe, utc_now
from ingestor_operator.observe.revisions import Revisions
from ingestor_operator.plan.changes import Changes, make_changes
from ingestor_operator.plan.databases import Databases
from ingestor_operator.plan.deletion import lacks_finalizer, refused_finalizer
from ingestor_operator.plan.overlap import Overlap
from ingestor_operator.plan.ownership import has_reached, own_mark
from ingestor_operator.plan.plan import Plan, make_plan
from ingestor_operator.plan.problem import Problem, own_fault
from ingestor_operator.plan.scaling import scaling_memory, scaling_spec
from ingestor_operator.scaling import Decision, ScalingState, dump_memory, next_look
from ingestor_operator.status.events import notices, warning
from ingestor_operator.status.status import failed_status, make_status, paused_status, waiting_status
from ingestor_operator.status.topic import intending_status

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
    ignore_owned: bool = False
    """Do not wake early on events of owned objects: another writer is most likely reverting our change."""
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
        self._own_numbers: dict[str, int] = {}
        """The `own_number` of each resource, where the last look has enforced."""
        self._unanswered: dict[str, Decision] = {}
        """The move of each resource that failed at the last look, and may have been made all the same."""
        self._patience: dict[str, Patience] = {}
        self._databases = Databases()
        self._revisions = Revisions(cluster)
        self._overlap = Overlap(release)
        self._admitted: set[str] = set()

    async def reconcile(self, namespace: str, name: str) -> Result:
        """One reconcile of the resource, whatever state it and the world are in.

        What Kubernetes or Kafka refuses or does not answer becomes conditions and events; it is raised only where
        the resource cannot be read, or its status cannot be written.
        """
        word = "failed"
        try:
            with self._metrics.duration.time():
                result = await self._reconcile(namespace, name)
            if not result.failed:
                word = "changed" if result.changed else "unchanged"
        except HTTPError:
            self._metrics.unobserved(namespace, name)
            raise
        finally:
            self._metrics.reconciles.labels(word).inc()
        return result

    async def look(self, resource: Resource) -> Observation:
        """What there is of the resource; raises as `observe` does."""
        observation = await observe(resource, self.cluster, self.clients, self._scope, self._clock)
        self._databases.seen(resource, observation.secrets)
        return replace(
            observation,
            revisions_read=await self._revisions.config_maps(resource, observation.objects),
            same_database=self._databases.sharing(resource, observation.others),
            database_servers=self._databases.servers(resource),
        )

    async def scale_on(self, observation: Observation, wait: Problem) -> None:
        """Scale the consumers of a resource that waits for its end, and say in Ready what it waits for.

        They may have to store what the deletion waits for. Nothing else of the resource is changed any more.
        """
        resource = observation.resource
        plan, state = self._plan(observation)
        outcome = await self._scale(resource, plan, self._own_numbers.pop(resource.uid, None))
        status = make_status(
            observation, plan, self._changes(observation), outcome, self._release.version, dump_memory(state)
        )
        if self._is_news(resource, wait):
            await self.recorder.record(resource, warning(wait), self._clock())
        await self._tell(resource, waiting_status(status, resource.status, wait, observation.now), outcome)

    async def refuse(self, resource: Resource, problem: Problem) -> None:
        """Say in Ready, and in an event when it is news, what keeps the resource from what was asked of it."""
        status = failed_status(resource.status, resource.generation, problem, self._clock())
        self._metrics.unobserved(resource.namespace, resource.name)
        self._metrics.told(resource.namespace, resource.name, status)
        # First, for it may be the status that cannot be written.
        if self._is_news(resource, problem):
            await self.recorder.record(resource, warning(problem), self._clock())
        if status != resource.status:
            await self.cluster.write_status(resource.namespace, resource.name, resource.uid, _json(status))

    def _is_news(self, resource: Resource, problem: Problem) -> bool:
        last = resource.status.condition("Ready")
        return resource.spec.mode == "Enforce" and (last is None or last.reason != problem.reason)

    def forget(self, namespace: str, name: str, uid: str) -> None:
        """Drop what is remembered of a resource that is gone."""
        self._scaling.pop(uid, None)
        self._own_numbers.pop(uid, None)
        self._unanswered.pop(uid, None)
        self._patience.pop(uid, None)
        self._databases.forget(uid)
        self._revisions.forget(uid)
        self._overlap.forget(uid)
        self._admitted.discard(uid)
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
        # What is scaled while nothing is enforced is meant: only the end of a look that enforces knows it again.
        own = self._own_numbers.pop(resource.uid, None)
        if resource.spec.paused:
            self._metrics.paused(namespace, name)
            # What its status does not say by now, it will not say while it is paused.
            self._admitted.discard(resource.uid)
            await self._rest(resource)
            return Result()
        try:
            return await self._act(resource, own)
        except HTTPError as error:
            return await self._failed(resource, api_problem(error))
        except Exception as error:
            # A fault of the operator's own. A status that stood as it was would call ready what nobody looks at.
            log.exception("reconcile failed", resource=resource.key)
            return await self._failed(resource, own_fault(error))

    async def _rest(self, resource: Resource) -> None:
        """Say once that the status is of the past from now on."""
        status = paused_status(resource.status)
        if status != resource.status:
            await self.cluster.write_status(resource.namespace, resource.name, resource.uid, _json(status))

    async def _act(self, resource: Resource, own: int | None) -> Result:
        observation = await self.look(resource)
        plan, state = self._plan(observation)
        if refused := await self._refused_finalizer(resource):
            plan = replace(plan, topics=replace(plan.topics, problems=(refused, *plan.topics.problems)))
        changes = self._changes(observation)
        enforces = resource.spec.mode == "Enforce"
        if enforces and observation.deployment("consumer") is None and not has_reached(resource):
            # Whose its topics are is not known: its consumers could be in another's group. Those that exist follow the
            # spec, also to brokers that only the pods reach.
            changes = changes.without("Deployment", component_name(resource, "consumer"))
        outcome = Outcome(failures=await self._rights.lacking(), warnings=self._overlap.problems(resource))
        if enforces:
            outcome += await self._enforce(observation, plan, changes, own)
        status = make_status(observation, plan, changes, outcome, self._release.version, dump_memory(state))
        if plan.decision and status.decisions[:1] != resource.status.decisions[:1]:
            self._metrics.decided(plan.decision)
        await self._tell(resource, status, outcome, rewrite=enforces and bool(plan.topics.missing))
        self._overlap.told(resource)
        return self._result(observation, outcome, self._next(resource, status, state))

    async def _refused_finalizer(self, resource: Resource) -> Problem | None:
        """Why kopf cannot put the finalizer on the resource, where it is wanted and lacks."""
        if not lacks_finalizer(resource):
            return None
        try:
            await self.cluster.try_finalizers(resource.namespace, resource.name, [*resource.finalizers, FINALIZER])
        except HTTPError as error:
            problem = api_problem(error)
            # A right that lacks is told by Rights; nothing is refused of one that is gone, nor by who does not answer,
            # or is too busy (429).
            answers = isinstance(error, ApiError) and error.status.code not in (404, 409, 429)
            refused = answers and problem.reason == "ApplyFailed"
            return refused_finalizer(problem.message) if refused else None
        return None

    def _plan(self, observation: Observation) -> tuple[Plan, ScalingState]:
        resource = observation.resource
        known = self._scaling.get(resource.uid) or scaling_memory(resource, observation.now)
        plan, state = make_plan(replace(observation, admitted=frozenset(self._admitted)), known)
        self._scaling[resource.uid] = state
        self._admit(observation, plan)
        self._metrics.planned(resource, plan)
        return plan, state

    def _changes(self, observation: Observation) -> Changes:
        return make_changes(observation, objects(observation.resource, self._release, observation.secret_versions))

    def _admit(self, observation: Observation, plan: Plan) -> None:
        """Remember who may have its topics and group, until its status says so.

        Nothing is awaited between the plan and this, so of two that are planned at once the second one knows.
        """
        resource = observation.resource
        if resource.spec.mode == "Enforce" and isinstance(observation.kafka, KafkaFacts) and not plan.yields:
            self._admitted.add(resource.uid)
        else:
            self._admitted.discard(resource.uid)

    async def _enforce(self, observation: Observation, plan: Plan, changes: Changes, own: int | None) -> Outcome:
        resource = observation.resource
        outcome = Outcome()
        if plan.topics.marks or plan.topics.actions:
            admin = self.clients.of(resource, observation.secrets)
            outcome += await mark_topics(admin, plan.topics.marks)
            if outcome.outrun:
                return outcome
            owner = own_mark(resource, observation.namespace, "", made=True, now=observation.now)
            await self._intend(observation, plan)
            outcome += await act_on_topics(admin, plan.topics.actions, owner)
        if plan.claim or outcome.made or outcome.outrun:
            # Whoever marked a topic last has it: that is seen by the next look.
            return outcome
        outcome += await act_on_objects(self.cluster, resource, changes)
        return outcome + await self._scale(resource, plan, own)

    async def _scale(self, resource: Resource, plan: Plan, own: int | None) -> Outcome:
        late = late_scale(self._unanswered.pop(resource.uid, None), plan.decision)
        outcome = late + await scale(self.cluster, resource, plan.decision)
        if outcome.failures:
            # The write may have been made all the same: it is not known what the next look should find.
            if plan.decision and outcome.failures[0].reason == UNREACHABLE:
                self._unanswered[resource.uid] = plan.decision
            return outcome
        left = own_number(plan.decision, own)
        if left is not None:
            self._own_numbers[resource.uid] = left
        return scaled_by_another(resource, plan.decision, own) + outcome

    async def _intend(self, observation: Observation, plan: Plan) -> None:
        """Say in the status which topics are about to be made.

        After a crash before their marks are written nothing else would tell that they were made for the resource. An
        operator that may not write the status makes them all the same.
        """
        if not plan.topics.missing:
            return
        resource, status = observation.resource, intending_status(observation, plan)
        try:
            await self.cluster.write_status(resource.namespace, resource.name, resource.uid, _json(status))
        except ApiError as error:
            if error.status.code != 403:
                raise

    async def _tell(self, resource: Resource, status: Status, outcome: Outcome, *, rewrite: bool = False) -> None:
        self._metrics.told(resource.namespace, resource.name, status)
        # First, for what was done is not seen again by the next look; the status is.
        if resource.spec.mode == "Enforce":
            for notice in notices(resource.status, status, outcome):
                await self.recorder.record(resource, notice, self._clock())
        if rewrite or status != resource.status:
            await self.cluster.write_status(resource.namespace, resource.name, resource.uid, _json(status))

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
            await self.cluster.write_status(subject.namespace, subject.name, subject.uid, _json(status))
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
        return Result(outcome.changed, failed, patience.pause(SOON, interval), ignore_owned=patience.corrections > 1)


def _json(status: Status) -> dict[str, Any]:
    return status.model_dump(mode="json", by_alias=True, exclude_none=True)
