"""What only events tell: a pod that a quota refuses, a volume that cannot be mounted."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from ingestor_operator.manifests.manifest import Component, Manifest
from ingestor_operator.model.times import age, read_time
from ingestor_operator.observe.pods import Cause, component_pods, faults, one_line
from ingestor_operator.plan.migration import Migration, migration_state

FRESH: Final = timedelta(minutes=5)
"""Age at which a warning is of the past: what goes on is told again, a mount every two minutes."""
_COMPONENTS: Final[tuple[Component, ...]] = ("api", "consumer", "migration")
_OF_THE_PAST: Final = "FailedScheduling"
"""A pod that still waits for its node says so in its status."""


def silent(objects: Iterable[Manifest], pods: Iterable[Manifest]) -> list[str]:
    """uids of what has not started and does not say why: one pod of each component, and a Job without pods."""
    seen = list(pods)
    return [*_pods(seen), *_jobs(objects, seen)]


def newest_warning(events: Iterable[Manifest], now: datetime) -> str | None:
    """Reason and message of the newest of the events that is not of the past, on one line; None where there is none."""
    told = [(moment, event) for event in events if event.get("reason") != _OF_THE_PAST and (moment := _last(event))]
    fresh = [(moment, event) for moment, event in told if age(moment, now) < FRESH]
    _, newest = max(fresh, key=lambda item: item[0], default=(now, None))
    return one_line(f"{newest.get('reason')}: {newest.get('message', '')}") if newest else None


def _pods(pods: list[Manifest]) -> Iterator[str]:
    for component in _COMPONENTS:
        by_name = {pod["metadata"]["name"]: pod for pod in component_pods(pods, component)}
        starting = [fault.pod for fault in faults(by_name.values(), {}) if fault.cause is Cause.STARTING]
        if starting:
            yield by_name[starting[0]]["metadata"]["uid"]


def _jobs(objects: Iterable[Manifest], pods: list[Manifest]) -> Iterator[str]:
    owners = {owner["uid"] for pod in pods for owner in pod["metadata"].get("ownerReferences") or []}
    for body in objects:
        if body["kind"] == "Job" and migration_state(body).state is Migration.PENDING:
            uid = body["metadata"]["uid"]
            if uid not in owners:
                yield uid


def _last(event: Manifest) -> datetime | None:
    """When it happened last; the newer form of events has no lastTimestamp. None where it has no readable time."""
    series = event.get("series") or {}
    return read_time(
        event.get("lastTimestamp")
        or series.get("lastObservedTime")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
    )
