"""Why a resource has the consumers it has, in sentences."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
from httpx2 import HTTPError
from lightkube import AsyncClient
from lightkube.core.exceptions import ConfigError
from pydantic import ValidationError

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator import FIELD_MANAGER
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.missing_crd import SENTENCE, is_missing
from ingestor_operator.kubernetes.refusal import api_fault
from ingestor_operator.model.resource import Resource, parse
from ingestor_operator.model.status import ConsumerStatus
from ingestor_operator.scaling import explain, readable_decisions, told_time


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
        if is_missing(error):
            raise click.ClickException(SENTENCE) from error
        raise click.ClickException(f"{name} in namespace {where} could not be read: {api_fault(error)}") from error
    finally:
        await cluster.close()
    if body is None:
        raise click.ClickException(f"there is no IngestorDeployment {name} in namespace {where}")
    try:
        resource = parse(body)
    except ValidationError as error:
        raise click.ClickException(f"this release does not understand the spec of {name}: {error}") from error
    return explanation(resource, datetime.now(UTC), written_at(body))


def explanation(resource: Resource, now: datetime, written: datetime | None = None) -> str:
    """Conditions in short, the consumers, and the decisions that led there.

    `written` is when the status last changed: nobody can tell from here whether the operator still looks.
    """
    status = resource.status
    lines = [f"IngestorDeployment {resource.key}"]
    if written:
        lines.append(f"Status of {told_time(written, now)}; the operator writes it when something changes.")
    if resource.spec.paused:
        lines.append("Paused: the operator does not look, and all of this is of the past.")
    lines += [f"  {item.type}: {item.status} ({item.reason}). {item.message}" for item in status.conditions]
    if status.consumer:
        consumer = status.consumer
        existing = counted_noun(consumer.replicas, "exists", "exist")
        lines.append(f"Consumers: {existing}, {consumer.ready} ready, {consumer.desired} desired.")
        lines.append(f"Backlog: {_backlog(consumer)}.")
    lines += [f"Planned: {step}" for step in status.plan]
    decisions = readable_decisions(status.decisions)
    if unread := len(status.decisions) - len(decisions):
        lines.append(f"Not told: {unread} of the decisions in the status, which this release cannot read.")
    return "\n".join([*lines, explain(decisions, now)])


def written_at(body: Mapping[str, Any]) -> datetime | None:
    """When the operator last changed the status, as the API server keeps it; None where it has not yet."""
    entries = body["metadata"].get("managedFields") or []
    times = [
        entry["time"]
        for entry in entries
        if entry.get("manager") == FIELD_MANAGER and entry.get("subresource") == "status" and entry.get("time")
    ]
    return datetime.fromisoformat(max(times)) if times else None


def _backlog(consumer: ConsumerStatus) -> str:
    """Of the status, not of the newest decision: that may be hours older, where nothing has changed since."""
    if consumer.lag is None:
        return f"not known ({consumer.lag_state})"
    work = "" if consumer.lag_seconds is None else f", {consumer.lag_seconds:.0f} s of work"
    return f"{counted_noun(consumer.lag, 'record')}{work}"
