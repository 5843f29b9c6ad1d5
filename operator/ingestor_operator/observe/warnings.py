"""What only events tell: a pod that a quota refuses, a volume that cannot be mounted."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from ingestor_operator.manifests.manifest import Component, Manifest
from ingestor_operator.model.times import age, read_time
from ingestor_operator.observe.pods import Cause, component_pods, faults, one_line
from ingestor_operator.plan.migration import Migration, migration_state

_COMPONENTS: Final[tuple[Component, ...]] = ("api", "consumer", "migration")
_OF_THE_PAST: Final = "FailedScheduling"
"""A pod that still waits for its node says so in its status."""
_STARTUP: Final = "Startup probe"
"""How the kubelet begins the message of a startup probe that failed."""
_CONTAINER: Final = re.compile(r"spec\.(?:initContainers|containers)\{(.+)\}")
"""An event's field path."""


def silent(objects: Iterable[Manifest], pods: Iterable[Manifest], now: datetime) -> list[Manifest]:
    """What has not started and does not say why: one pod of each component, and a Job without pods."""
    seen = list(pods)
    return [*_pods(seen, now), *_jobs(objects, seen)]


def newest_warning(events: Iterable[Manifest], about: Manifest, now: datetime) -> str | None:
    """The newest of the events that may keep the object from starting, on one line; None where there is none.

    However old it is: it is a time of a node's clock, and the object still starts.
    """
    found = [event for event in events if event.get("reason") != _OF_THE_PAST and not _is_over(event, about, now)]
    told = [(moment, event) for event in found if (moment := _last(event))]
    _, newest = max(told, key=lambda item: item[0], default=(now, None))
    return one_line(f"{newest.get('reason')}: {newest.get('message', '')}") if newest else None


def _is_over(event: Manifest, about: Manifest, now: datetime) -> bool:
    """Whether the pod has come further since, or what failed has time left."""
    if event.get("reason") == "Unhealthy":
        return not _has_used_up_its_start(event, about, now)
    moment = _last(event)
    conditions = (about.get("status") or {}).get("conditions") or []
    made = [
        read_time(item.get("lastTransitionTime"))
        for item in conditions
        # Its volumes are mounted, and it has its network.
        if (item["type"], item["status"]) == ("PodReadyToStartContainers", "True")
    ]
    # Both are times of the kubelet's clock.
    return moment is not None and any(since is not None and moment < since for since in made)


def _has_used_up_its_start(event: Manifest, pod: Manifest, now: datetime) -> bool:
    """Whether a startup probe has failed for as long as the container may take; no other keeps a pod from starting.

    Of a container that did not run yet when the pod was read, the event is newer than that.
    """
    named = _CONTAINER.fullmatch(str((event.get("involvedObject") or {}).get("fieldPath") or ""))
    if not named or not str(event.get("message") or "").startswith(_STARTUP):
        return False
    status, spec = pod.get("status") or {}, pod.get("spec") or {}
    states = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    running = (((item.get("state") or {}).get("running") or {}) for item in states if item["name"] == named[1])
    started = read_time(next(running, {}).get("startedAt"))
    containers = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    probe = next((item.get("startupProbe") for item in containers if item["name"] == named[1]), None) or {}
    tries, period = probe.get("failureThreshold", 3), probe.get("periodSeconds", 10)
    budget = timedelta(seconds=probe.get("initialDelaySeconds", 0) + tries * period)
    return started is not None and age(started, now) >= budget


def _pods(pods: list[Manifest], now: datetime) -> Iterator[Manifest]:
    for component in _COMPONENTS:
        by_name = {pod["metadata"]["name"]: pod for pod in component_pods(pods, component)}
        starting = [fault.pod for fault in faults(by_name.values(), {}, now) if fault.cause is Cause.STARTING]
        if starting:
            yield by_name[starting[0]]


def _jobs(objects: Iterable[Manifest], pods: list[Manifest]) -> Iterator[Manifest]:
    owners = {owner["uid"] for pod in pods for owner in pod["metadata"].get("ownerReferences") or []}
    for body in objects:
        is_pending = body["kind"] == "Job" and migration_state(body).state is Migration.PENDING
        if is_pending and body["metadata"]["uid"] not in owners:
            yield body


def _last(event: Manifest) -> datetime | None:
    """When it happened last; the newer form of events has no lastTimestamp. None where it has no readable time."""
    series = event.get("series") or {}
    return read_time(
        event.get("lastTimestamp")
        or series.get("lastObservedTime")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
    )
