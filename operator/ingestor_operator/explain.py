"""Why a resource has the consumers it has, in sentences."""

import click
from httpx2 import HTTPError
from lightkube import AsyncClient
from lightkube.core.exceptions import ConfigError

from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.model.resource import Resource, parse
from ingestor_operator.model.status import ConsumerStatus
from ingestor_operator.scaling import explain, load_decision


async def explain_resource(name: str, namespace: str | None) -> str:
    """The explanation of the resource of that name.

    Raises click.ClickException where there is none, or where it cannot be read.
    """
    try:
        client = AsyncClient()
    except ConfigError as error:
        raise click.ClickException(f"no cluster to ask: {error}; set KUBECONFIG") from error
    cluster = Cluster(client)
    where = namespace or client.namespace
    try:
        body = await cluster.resource(where, name)
    except HTTPError as error:
        raise click.ClickException(f"{name} in namespace {where} could not be read: {error}") from error
    finally:
        await cluster.close()
    if body is None:
        raise click.ClickException(f"there is no IngestorDeployment {name} in namespace {where}")
    return explanation(parse(body))


def explanation(resource: Resource) -> str:
    """Conditions in short, the consumers, and the decisions that led there."""
    status = resource.status
    lines = [f"IngestorDeployment {resource.key}"]
    lines += [f"  {item.type}: {item.status} ({item.reason}). {item.message}" for item in status.conditions]
    if status.consumer:
        consumer = status.consumer
        lines.append(f"Consumers: {consumer.replicas} exist, {consumer.ready} ready, {consumer.desired} desired.")
        lines.append(f"Backlog now: {_backlog(consumer)}.")
    lines += [f"Planned: {step}" for step in status.plan]
    return "\n".join([*lines, explain([load_decision(record) for record in status.decisions])])


def _backlog(consumer: ConsumerStatus) -> str:
    """Of this moment: the newest decision may be hours old, where nothing has changed since."""
    if consumer.lag is None:
        return f"not known ({consumer.lag_state})"
    work = "" if consumer.lag_seconds is None else f", {consumer.lag_seconds:.0f} s of work"
    return f"{consumer.lag:,} records{work}"
