"""The process: everything is put together here, and taken apart at its end."""

import asyncio
import signal
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
from ingestor_operator.kubernetes.missing_crd import SENTENCE, is_missing
from ingestor_operator.kubernetes.refusal import api_fault
from ingestor_operator.leader.election import Election
from ingestor_operator.leader.term import Terms
from ingestor_operator.metrics import Metrics
from ingestor_operator.reconcile import Reconciler
from ingestor_operator.run.handlers import register, settings
from ingestor_operator.run.health import Health, serve
from ingestor_operator.run.keeper import Keeper
from ingestor_operator.run.options import VERSION, Options
from ingestor_operator.run.watchdog import crd_vanished

log = structlog.get_logger(__name__)

API_RETRY = 2.0
"""Seconds between two tries to reach the Kubernetes API at the start."""


async def run(options: Options) -> None:
    """Run until SIGTERM or SIGINT, or until the Lease is lost."""
    _end_on_signals()
    metrics, health = Metrics(VERSION), Health(options.watch_timeout.total_seconds())
    server = await serve(health, metrics.registry, options.metrics_port)
    cluster = Cluster(AsyncClient())
    try:
        with suppress(asyncio.CancelledError):
            await _lead(cluster, options, metrics, health)
    finally:
        await cluster.close()
        await server.cleanup()


def _end_on_signals() -> None:
    """End this task on a signal: kopf's own handlers are there only while kopf runs."""
    task = asyncio.current_task()
    if task:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _lead(cluster: Cluster, options: Options, metrics: Metrics, health: Health) -> None:
    await _reachable(cluster, options.scope, health)
    async with _leadership(cluster, options) as lost:
        while await _operate(cluster, options, metrics, health, lost):
            # kopf does not notice that the CRD comes back.
            _end_on_signals()
            await _reachable(cluster, options.scope, health)


async def _reachable(cluster: Cluster, scope: str, health: Health) -> None:
    """Wait for the API server and the CRD: kopf would give up on the one, and never look again for the other."""
    while True:
        try:
            await cluster.resources(scope)
        except HTTPError as error:
            before, health.waiting_for = health.waiting_for, _waiting_for(error)
            if health.waiting_for != before:
                log.warning("IngestorDeployments cannot be listed; tried again", error=health.waiting_for)
            await asyncio.sleep(API_RETRY)
        else:
            # One that stands by is ready too: ready to take over.
            health.waiting_for = None
            return


def _waiting_for(error: HTTPError) -> str:
    if is_missing(error):
        return f"the CRD: {SENTENCE}"
    return f"the Kubernetes API to list IngestorDeployments: {api_fault(error)}"


@asynccontextmanager
async def _leadership(cluster: Cluster, options: Options) -> AsyncIterator[asyncio.Event]:
    """Lead while inside; the event tells that leadership is lost."""
    lost = asyncio.Event()
    if not options.leader_elect:
        yield lost
        return
    election = Election(cluster, options.lease_namespace, options.lease_name, options.identity, Terms())
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


async def _operate(cluster: Cluster, options: Options, metrics: Metrics, health: Health, lost: asyncio.Event) -> bool:
    """Run kopf until it ends or has to; true where it is to be run again, for the CRD was deleted."""
    clients = KafkaClients()
    reconciler = Reconciler(cluster, clients, metrics, options.release, options.scope)
    registry = kopf.OperatorRegistry()
    farewell = Farewell(reconciler, cluster, options.deletion_patience)
    keeper = Keeper(reconciler)
    register(registry, keeper, farewell, health)
    # Begun before kopf, which at its end waits for every task that began after it.
    losing = asyncio.create_task(lost.wait())
    vanishing = asyncio.create_task(crd_vanished(cluster, options, health))
    operating = asyncio.create_task(
        kopf.operator(
            registry=registry,
            settings=settings(),
            clusterwide=options.namespace is None,
            namespaces=[options.namespace] if options.namespace else [],
        )
    )
    tasks: list[asyncio.Task[Any]] = [losing, vanishing, operating]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return vanishing.done() and not lost.is_set()
    finally:
        # First: kopf takes seconds to end, and somebody else may lead by then.
        await keeper.close()
        for task in tasks:
            await _cancelled(task)
        clients.close()


async def _cancelled(task: "asyncio.Task[Any]") -> None:
    """End the task, if it has not ended; what it failed with is raised."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
