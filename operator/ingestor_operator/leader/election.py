"""Taking, renewing and giving back the Lease."""

import asyncio
import time
from contextlib import suppress

import structlog
from httpx2 import HTTPError

from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.refusal import api_fault
from ingestor_operator.leader.term import Seen, Terms, look, may_take, released, taken
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.observe.observe import utc_now

log = structlog.get_logger(__name__)


class Election:
    """One candidate for one Lease."""

    def __init__(self, cluster: Cluster, namespace: str, name: str, identity: str, terms: Terms) -> None:
        self._cluster = cluster
        self._empty: Manifest = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": namespace},
        }
        self._identity = identity
        self._terms = terms
        self._seen: Seen | None = None

    async def win(self) -> None:
        """Return once the Lease is ours."""
        log.info("waiting to lead", identity=self._identity)
        while True:
            if await self._try():
                break
            await asyncio.sleep(self._terms.retry)
        log.info("leading", identity=self._identity)

    async def hold(self) -> None:
        """Renew the Lease; return once it is lost, early enough that nobody else leads yet."""
        with suppress(TimeoutError):
            while True:
                # Also a request that hangs ends with the deadline.
                async with asyncio.timeout(self._terms.deadline):
                    await self._renewed()
        log.error("lost the lease", identity=self._identity)

    async def give_back(self) -> None:
        """Let the next one lead at once."""
        try:
            lease = await self._cluster.find(self._empty)
            if lease and lease["spec"].get("holderIdentity") == self._identity:
                await self._cluster.replace(released(lease))
        except HTTPError as error:
            log.warning("lease not given back", error=api_fault(error))

    async def _renewed(self) -> None:
        """Return once the Lease has been renewed."""
        while True:
            await asyncio.sleep(self._terms.retry)
            if await self._try():
                return

    async def _try(self) -> bool:
        try:
            async with asyncio.timeout(self._terms.deadline / 2):
                return await self._take()
        except (HTTPError, TimeoutError) as error:
            log.warning("lease not renewed", error=api_fault(error))
            return False

    async def _take(self) -> bool:
        lease = await self._cluster.find(self._empty)
        if lease is None:
            await self._cluster.create(taken(self._empty, self._identity, self._terms, utc_now()))
            return True
        self._seen = look(self._seen, lease, time.monotonic())
        if not may_take(self._seen, self._identity, time.monotonic()):
            return False
        # Another candidate may have been quicker: the API server then refuses this resourceVersion.
        await self._cluster.replace(taken(lease, self._identity, self._terms, utc_now()))
        return True
