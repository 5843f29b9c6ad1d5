"""Rights whose lack no refusal of a write shows: a watch or a reading on the side that is forbidden stays silent."""

import time
from collections.abc import Callable

from httpx2 import HTTPError

from ingestor_operator import API_GROUP, PLURAL
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.plan.problem import Problem

ASKED_EVERY = 60.0
"""Seconds for which an answer is good."""
_SILENT = (
    ("watch", API_GROUP, PLURAL, "a change is only seen at the next look"),
    ("patch", API_GROUP, PLURAL, "no finalizer holds a resource whose topics are to be deleted"),
    ("watch", "apps", "deployments", "what becomes of a Deployment is only seen at the next look"),
    ("watch", "batch", "jobs", "the end of a migration is only seen at the next look"),
    ("list", "apps", "replicasets", "ConfigMaps with settings of before are not deleted"),
    ("list", "", "pods", "why a pod does not start is not told"),
    ("list", "", "events", "what only Kubernetes' events say of a pod or a Job is not told"),
)
"""Verb, API group, resource, and what comes of its lack."""


class Rights:
    """What the operator may not do in the namespace it serves, or in all ("*")."""

    def __init__(self, cluster: Cluster, scope: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._namespace = "" if scope == "*" else scope
        self._clock = clock
        self._asked: float | None = None
        self._lacking: tuple[Problem, ...] = ()

    async def lacking(self) -> tuple[Problem, ...]:
        """A problem for each right that is missing; none where the API server does not tell."""
        now = self._clock()
        if self._asked is None or now - self._asked >= ASKED_EVERY or self._lacking:
            self._lacking = await self._ask()
            self._asked = now
        return self._lacking

    async def _ask(self) -> tuple[Problem, ...]:
        try:
            return tuple([_problem(*right) for right in _SILENT if not await self._allowed(*right[:3])])
        except HTTPError:
            return ()

    async def _allowed(self, verb: str, group: str, resource: str) -> bool:
        return await self._cluster.allowed(verb, group, resource, self._namespace)


def _problem(verb: str, group: str, resource: str, consequence: str) -> Problem:
    return Problem(
        "Forbidden",
        f"The operator may not {verb} {f'{resource}.{group}' if group else resource}: {consequence};"
        " grant it in the operator's Role or ClusterRole.",
    )
