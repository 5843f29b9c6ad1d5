"""Who leads: a pure function of the Lease and of how long it has been seen unchanged.

The rules are those of client-go's leaderelection: a Lease is not judged by the times written in it, for clocks
differ, but by how long this process has seen it unchanged.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingestor_operator.manifests.manifest import Manifest

MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Terms:
    """Seconds: how long a Lease is good for, after how long without renewal its holder gives up, and between tries."""

    duration: float = 10.0
    deadline: float = 6.0
    retry: float = 1.5


@dataclass(frozen=True)
class Seen:
    """The Lease's content as last seen, and the monotonic time since when."""

    spec: dict[str, Any]
    since: float


def look(seen: Seen | None, lease: Manifest, monotonic: float) -> Seen:
    """What has been seen, after one more look."""
    spec = lease.get("spec") or {}
    return seen if seen and seen.spec == spec else Seen(spec, monotonic)


def may_take(seen: Seen, identity: str, monotonic: float) -> bool:
    """Whether the Lease is ours, free, or not renewed for as long as its holder promised to."""
    holder = seen.spec.get("holderIdentity")
    if not holder or holder == identity:
        return True
    return monotonic - seen.since >= float(seen.spec.get("leaseDurationSeconds", 0))


def taken(lease: Manifest, identity: str, terms: Terms, now: datetime) -> Manifest:
    """The Lease, held by us and renewed now."""
    before = lease.get("spec") or {}
    moment = now.strftime(MICROSECONDS)
    mine = before.get("holderIdentity") == identity
    spec = {
        "holderIdentity": identity,
        "leaseDurationSeconds": int(terms.duration),
        "acquireTime": before.get("acquireTime", moment) if mine else moment,
        "renewTime": moment,
        "leaseTransitions": before.get("leaseTransitions", 0) + (0 if mine or not before else 1),
    }
    return lease | {"spec": spec}


def released(lease: Manifest) -> Manifest:
    """The Lease, free for the next one at once."""
    spec = lease.get("spec") or {}
    return lease | {"spec": spec | {"holderIdentity": "", "leaseDurationSeconds": 1}}
