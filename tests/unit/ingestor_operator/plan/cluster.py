"""A cluster and its Secrets in a few dictionaries, for tests of what one look after the other writes."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from ingestor_operator.kafka.facts import KafkaUnreachable
from ingestor_operator.kubernetes.difference import Change
from ingestor_operator.manifests.config_map import named_config_maps
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.manifests.objects import objects
from ingestor_operator.model.resource import Resource
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import Changes, make_changes
from ingestor_operator.status.database import migration_status

RELEASE = Release("api:1", "consumer:1")
EVERYTHING = 1_000
"""More writes than any look has."""

KEPT_REVISIONS = 3

Written = Callable[[Manifest | None, Manifest], None]
"""Told the live object before a write, None where there is none, and what is written."""


@dataclass
class World:
    """What the API server holds. The operator remembers nothing: each look may be another process's first."""

    make_resource: Callable[..., Resource]
    spec: dict[str, Any] = field(default_factory=dict)
    """Changes to the minimal sample, by path."""
    secrets: dict[str, str] = field(default_factory=lambda: {"ingestor-database": "1", "ingestor-auth": "2"})
    """Versions of the Secrets that exist."""
    live: dict[tuple[str, str], Manifest] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)
    release: Release = RELEASE
    written: Written = lambda before, after: None
    revisions: dict[str, list[Manifest]] = field(default_factory=dict)
    """Templates that each Deployment has had, the newest last, as its ReplicaSets keep them."""
    can_list_revisions: bool = True

    def plan(self) -> Changes:
        """What a look would write."""
        return self._look()[1]

    def look(self, writes: int = EVERYTHING, *, tells: bool = True) -> Changes:
        """One look that ends after so many writes, and perhaps before it has written the status."""
        observation, changes = self._look()
        steps: list[Change | Manifest] = [*changes.applied, *changes.deleted]
        for step in steps[:writes]:
            if isinstance(step, Change):
                self._apply(step.manifest)
            else:
                self.live.pop((step["kind"], step["metadata"]["name"]), None)
        if tells and len(steps) <= writes and (done := migration_status(observation, changes)):
            self.status = {"migration": done.model_dump(by_alias=True)}
        return changes

    def built(self) -> dict[tuple[str, str], Manifest]:
        """What is asked for now."""
        return {
            (manifest["kind"], manifest["metadata"]["name"]): manifest
            for manifest in objects(self._resource(), self.release, self.secrets)
        }

    def deployment(self, component: str) -> Manifest:
        """The live Deployment."""
        return self.live["Deployment", f"quiz-{component}"]

    def running_jobs(self) -> list[Manifest]:
        """Jobs that have not ended."""
        return [body for (kind, _), body in self.live.items() if kind == "Job" and not body.get("status")]

    def end_job(self, job: Manifest, *, succeeds: bool) -> None:
        """End the Job as its controller would."""
        kind = "Complete" if succeeds else "Failed"
        moment = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        job["status"] = {"conditions": [{"type": kind, "status": "True", "lastTransitionTime": moment}]}

    def settle(self) -> None:
        """Look and let Jobs succeed until nothing is left to do."""
        for _ in range(6):
            self.look()
            for job in self.running_jobs():
                self.end_job(job, succeeds=True)
            self.wait(61)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def _resource(self) -> Resource:
        return self.make_resource("minimal", self.spec, status=self.status)

    def _look(self) -> tuple[Observation, Changes]:
        resource, down = self._resource(), KafkaUnreachable("KafkaUnreachable", "down")
        read = frozenset(named_config_maps(list(chain(*self.revisions.values()))))
        observation = Observation(
            self.now,
            resource,
            (),
            {},
            {key: body for key, body in self.live.items() if key[0] != "Pod"},
            down,
            dict(self.secrets),
            pods=tuple(body for key, body in self.live.items() if key[0] == "Pod"),
            revisions_read=read if self.can_list_revisions else None,
        )
        return observation, make_changes(observation, objects(resource, self.release, self.secrets))

    def _apply(self, manifest: Manifest) -> None:
        key = (manifest["kind"], manifest["metadata"]["name"])
        before, after = self.live.get(key), deepcopy(manifest)
        self.written(before, after)
        if before and "status" in before:
            after["status"] = before["status"]
        if key[0] == "Job":
            after["metadata"]["creationTimestamp"] = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.live[key] = after
        if key[0] == "Deployment":
            self.make_revision(key[1])

    def make_revision(self, deployment: str) -> None:
        """Keep the Deployment's template among its revisions, as its controller would."""
        template = self.live["Deployment", deployment]["spec"]["template"]
        before = [known for known in self.revisions.get(deployment, []) if known != template]
        self.revisions[deployment] = [*before, template][-KEPT_REVISIONS:]
