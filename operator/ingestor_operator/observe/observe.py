"""Reading of all of it from Kubernetes and Kafka."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import structlog
from confluent_kafka import KafkaException
from pydantic import ValidationError

from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kafka.credentials import CredentialsMissing, CredentialsUnreadable
from ingestor_operator.kafka.diagnosis import words
from ingestor_operator.kafka.facts import KafkaFacts, KafkaObservation, KafkaUnreachable
from ingestor_operator.kafka.observe import Clock, observe_kafka
from ingestor_operator.kubernetes.cluster import Cluster, Secret
from ingestor_operator.kubernetes.kinds import OWNED
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.model.resource import Resource, parse
from ingestor_operator.model.secrets import api_secrets
from ingestor_operator.observe.answers import addresses
from ingestor_operator.observe.asking import ask
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.warnings import newest_warning, silent

log = structlog.get_logger(__name__)
EVERYWHERE = "*"
"""The scope of an operator that serves all namespaces."""
KAFKA_TIMEOUT = 15.0
"""Seconds that one look at Kafka may take, whatever is asked there: about three questions without an answer."""


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


async def observe(
    resource: Resource, cluster: Cluster, clients: KafkaClients, scope: str, clock: Clock = utc_now
) -> Observation:
    """One look at everything; `scope` is the namespace the operator serves, or "*".

    Raises ApiError where Kubernetes cannot be read; a Kafka that cannot be read is part of the observation.
    """
    found = await read_secrets(resource, cluster)
    secrets = {name: secret.data for name, secret in found.items()}
    kafka = await read_kafka(resource, clients, secrets, clock)
    now = time_of(kafka, clock)
    # After Kafka: whoever has marked a topic and is not listed by then is gone, not new.
    others, not_understood = await other_resources(resource, cluster, scope)
    objects = await cluster.owned(resource.namespace, resource.name, OWNED)
    pods = await cluster.pods(resource.namespace, resource.name)
    return Observation(
        now=now,
        resource=resource,
        others=others,
        secrets=secrets,
        objects=objects,
        kafka=kafka,
        not_understood=not_understood,
        namespace=await cluster.namespace_uid(resource.namespace),
        served=await served_namespaces(resource, kafka, cluster) if scope == EVERYWHERE else frozenset(),
        secret_versions={name: secret.version for name, secret in found.items()},
        pods=pods,
        answers=await ask([*addresses(pods, "api"), *addresses(pods, "consumer")]),
        warnings=await read_warnings(resource.namespace, cluster, silent(objects.values(), pods, now), now),
    )


def time_of(kafka: KafkaObservation, clock: Clock) -> datetime:
    """The time of a look: when its offsets were read, however long the rest takes; now where there are none."""
    read_at = kafka.group.read_at if isinstance(kafka, KafkaFacts) else None
    return read_at or clock()


async def served_namespaces(resource: Resource, kafka: KafkaObservation, cluster: Cluster) -> frozenset[str]:
    """Uids of the namespaces of this cluster that other resources' owner marks name."""
    topics = kafka.topics.values() if isinstance(kafka, KafkaFacts) else ()
    owners = {topic.mark.owner for topic in topics if topic.mark and topic.mark.uid != resource.uid}
    names = sorted({owner.partition("/")[0] for owner in owners} - {resource.namespace})
    asked = [await cluster.namespace_uid(name) for name in names]
    return frozenset(uid for uid in asked if uid)


async def read_secrets(resource: Resource, cluster: Cluster) -> dict[str, Secret]:
    """The referenced Secrets that exist, by name."""
    names = {name for name, _ in api_secrets(resource.spec)}
    read = {name: await cluster.secret(resource.namespace, name) for name in sorted(names)}
    return {name: secret for name, secret in read.items() if secret is not None}


async def read_warnings(namespace: str, cluster: Cluster, objects: Iterable[Manifest], now: datetime) -> dict[str, str]:
    """The newest Warning event of each object that has one, by uid."""
    by_uid = {body["metadata"]["uid"]: body for body in objects}
    told = {uid: newest_warning(await cluster.warnings(namespace, uid), body, now) for uid, body in by_uid.items()}
    return {uid: words for uid, words in told.items() if words}


async def other_resources(
    resource: Resource, cluster: Cluster, scope: str
) -> tuple[tuple[Resource, ...], frozenset[str]]:
    """All other resources, and the uids of those that this release does not understand."""
    found, not_understood = [], set()
    for body in await cluster.resources(scope):
        if body["metadata"]["uid"] != resource.uid:
            try:
                found.append(parse(body))
            except ValidationError as error:
                not_understood.add(body["metadata"]["uid"])
                log.warning("resource not understood", name=body["metadata"]["name"], error=str(error))
    return tuple(found), frozenset(not_understood)


async def read_kafka(
    resource: Resource, clients: KafkaClients, secrets: Mapping[str, Mapping[str, str]], clock: Clock = utc_now
) -> KafkaObservation:
    """What Kafka says, or why it could not be asked."""
    kafka = resource.spec.kafka
    try:
        admin = clients.of(resource, secrets)
    except CredentialsMissing as error:
        return KafkaUnreachable("KafkaCredentialsMissing", f"{error}.")
    except CredentialsUnreadable as error:
        return KafkaUnreachable("KafkaSettingsInvalid", f"{error}.")
    except KafkaException as error:
        return KafkaUnreachable(
            "KafkaSettingsInvalid", f"No Kafka client can be made of kafka's settings: {words(error)}."
        )
    try:
        async with asyncio.timeout(KAFKA_TIMEOUT):
            observation = await observe_kafka(admin, kafka, clock)
    except TimeoutError:
        # It answers each question in time, or part of it, and yet gets nowhere.
        message = f"Kafka at {kafka.bootstrap_servers} did not answer everything within {KAFKA_TIMEOUT:.0f} seconds."
        observation = KafkaUnreachable("KafkaUnreachable", message)
    if isinstance(observation, KafkaUnreachable):
        # After its only broker was killed and started again, a client of confluent-kafka 2.16 times out for as
        # long as it lives (seen for 90 s), while a new one is answered at once.
        clients.forget(resource.uid)
    return observation
