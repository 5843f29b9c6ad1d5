"""The process: everything is put together here, and taken apart at its end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import kopf
import structlog
from httpx2 import HTTPError
from lightkube import AsyncClient

from ingestor_operator.deletion import Farewell
from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.leader.election import Election
from ingestor_operator.leader.term import Terms
from ingestor_operator.metrics import Metrics
from ingestor_operator.reconcile import Reconciler
from ingestor_operator.run.handlers import register, settings_for
from ingestor_operator.run.health import Health, serve
from ingestor_operator.run.keeper import Keeper
from ingestor_operator.run.options import VERSION, Options

log = structlog.get_logger(__name__)

LEASE_NAME = "ingestor-operator"
API_RETRY = 2.0
"""Seconds between two tries to reach the Kubernetes API at the start."""


async def run(options: Options) -> None:
    """Run until SIGTERM, or until the Lease is lost."""
    metrics, health = Metrics(VERSION), Health(options.watch_timeout.total_seconds())
    server = await serve(health, metrics.registry, options.metrics_port)
    cluster = Cluster(AsyncClient())
    try:
        await _reachable(cluster, options.scope, health)
        async with _leadership(cluster, options) as lost, _watching(cluster, options, health):
            await _operate(cluster, options, metrics, health, lost)
    finally:
        await cluster.close()
        await server.cleanup()


async def _reachable(cluster: Cluster, scope: str, health: Health) -> None:
    """Wait for the API server and the CRD: kopf would give up on the one, and never look again for the other."""
    while True:
        try:
            await cluster.resources(scope)
        except HTTPError as error:
            health.waiting_for = f"the Kubernetes API to list IngestorDeployments: {error}"
            log.warning("IngestorDeployments cannot be listed", error=str(error))
            await asyncio.sleep(API_RETRY)
        else:
            # One that stands by is ready too: ready to take over.
            health.waiting_for = None
            return


@asynccontextmanager
async def _leadership(cluster: Cluster, options: Options) -> AsyncIterator[asyncio.Event]:
    """Lead while inside; the event tells that leadership is lost."""
    lost = asyncio.Event()
    if not options.leader_elect:
        yield lost
        return
    election = Election(cluster, options.lease_namespace, LEASE_NAME, options.identity, Terms())
    await election.win()
    holding = asyncio.create_task(_hold(election, lost))
    try:
        yield lost
    finally:
        await _cancelled(holding)
        if not lost.is_set():
            await election.give_back()


async def _hold(election: Election, lost: asyncio.Event) -> None:
    await election.hold()
    lost.set()


@asynccontextmanager
async def _watching(cluster: Cluster, options: Options, health: Health) -> AsyncIterator[None]:
    """Compare lists with the watch while inside."""
    task = asyncio.create_task(_compare(cluster, options, health))
    try:
        yield
    finally:
        await _cancelled(task)


async def _compare(cluster: Cluster, options: Options, health: Health) -> None:
    while True:
        await asyncio.sleep(options.watch_timeout.total_seconds() / 3)
        with suppress(HTTPError):
            found = [body["metadata"] for body in await cluster.resources(options.scope)]
            versions = {metadata["uid"]: metadata["resourceVersion"] for metadata in found}
            health.watch.listed(versions, time.monotonic())


async def _operate(cluster: Cluster, options: Options, metrics: Metrics, health: Health, lost: asyncio.Event) -> None:
    reconciler = Reconciler(cluster, KafkaClients(), metrics, options.release, options.scope)
    registry = kopf.OperatorRegistry()
    farewell = Farewell(reconciler, cluster, options.scope, options.deletion_patience)
    register(registry, Keeper(reconciler), farewell, health)
    # Begun before kopf, which at its end waits for every task that began after it.
    losing = asyncio.create_task(lost.wait())
    operating = asyncio.create_task(
        kopf.operator(
            registry=registry,
            settings=settings_for(clusterwide=options.namespace is None),
            clusterwide=options.namespace is None,
            namespaces=[options.namespace] if options.namespace else [],
        )
    )
    try:
        await asyncio.wait([losing, operating], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancelled(losing)
        await _cancelled(operating)


async def _cancelled(task: "asyncio.Task[Any]") -> None:
    """End the task, if it has not ended; what it failed with is raised."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
