"""Looks at the watch from outside: lists what the watch should have shown."""

import asyncio
import time

import structlog
from httpx2 import HTTPError, HTTPStatusError

from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.refusal import api_fault
from ingestor_operator.run.health import Health
from ingestor_operator.run.options import Options

log = structlog.get_logger(__name__)


async def crd_vanished(cluster: Cluster, options: Options, health: Health) -> None:
    """Compare lists with the watch; return once the API server does not know IngestorDeployments any more."""
    pause = options.watch_timeout.total_seconds() / 3
    while True:
        await asyncio.sleep(pause)
        try:
            async with asyncio.timeout(pause):
                found = [body["metadata"] for body in await cluster.resources(options.scope)]
        except HTTPStatusError as error:
            if error.response.status_code == 404:
                log.warning("the CRD is gone")
                health.watch.listed({}, time.monotonic())
                return
        except (HTTPError, TimeoutError) as error:
            # A list that fails proves nothing about the watch.
            log.warning("IngestorDeployments cannot be listed", error=api_fault(error))
        else:
            versions = {metadata["uid"]: metadata["resourceVersion"] for metadata in found}
            health.watch.listed(versions, time.monotonic())
