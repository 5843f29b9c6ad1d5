"""Who holds the Lease gives up before another one may take it, whatever the API server does meanwhile."""

import asyncio
import time
from typing import Any

from httpx2 import ConnectError

from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.leader.election import Election
from ingestor_operator.leader.term import Terms
from ingestor_operator.manifests.manifest import Manifest

TERMS = Terms(duration=4.0, deadline=1.0, retry=0.05)


class OneLease(Cluster):
    """An API server with one Lease, which can be cut off."""

    def __init__(self) -> None:
        self.lease: Manifest | None = None
        self.cut: str = ""

    async def find(self, manifest: Manifest) -> Manifest | None:
        match self.cut:
            case "refused":
                raise ConnectError("refused")
            case "silent":
                await asyncio.sleep(3600)
        return self.lease

    async def create(self, manifest: Manifest) -> Manifest:
        self.lease = manifest
        return manifest

    async def replace(self, manifest: Manifest) -> Manifest:
        self.lease = manifest
        return manifest

    @property
    def spec(self) -> dict[str, Any]:
        assert self.lease is not None
        spec: dict[str, Any] = self.lease["spec"]
        return spec


def candidate(cluster: Cluster, name: str) -> Election:
    return Election(cluster, "ingestor", "lease", name, TERMS)


async def given_up_after(cut: str) -> float:
    """Seconds from the moment the API server is cut off until its holder knows that it leads no more."""
    cluster = OneLease()
    election = candidate(cluster, "one")
    await election.win()
    holding = asyncio.create_task(election.hold())
    await asyncio.sleep(3 * TERMS.retry)
    assert not holding.done()
    cluster.cut = cut
    since = time.monotonic()
    await asyncio.wait_for(holding, 5)
    return time.monotonic() - since


async def test_a_refused_renewal_ends_it_in_time() -> None:
    assert await given_up_after("refused") < TERMS.duration


async def test_a_renewal_that_hangs_ends_it_in_time_too() -> None:
    assert await given_up_after("silent") < TERMS.duration


async def test_a_lease_that_is_given_back_is_free_for_the_next() -> None:
    cluster = OneLease()
    one, other = candidate(cluster, "one"), candidate(cluster, "other")
    await one.win()
    winning = asyncio.create_task(other.win())
    await asyncio.sleep(3 * TERMS.retry)
    assert not winning.done()
    await one.give_back()
    await asyncio.wait_for(winning, 5)
    assert cluster.spec["holderIdentity"] == "other"
