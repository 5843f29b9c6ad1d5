"""What every Kafka client of ours is configured with, and the facts about a topic that several services ask for."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import structlog
from confluent_kafka import (
    KafkaError,
    KafkaException,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.admin._resource import ResourceType

from ingestor_common.settings import KafkaSettings, SettingsError

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

KafkaMessage: TypeAlias = "Message[Any, Any]"
"""A record as librdkafka hands it over: one that was read, or one that was sent and what became of it."""


EVENTS_PARTITIONER: Final = "murmur2_random"
"""The partition that Java's clients choose for the same key, so that a session has one, whoever produces.

librdkafka's own default is another hash: a producer without this setting scatters a session over two partitions.
"""


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic as the broker describes it. `topic_id` changes when a topic is deleted and made again."""

    name: str
    topic_id: str
    partitions: tuple[int, ...]


class TopicMissing(LookupError):
    """The broker answers and does not have the topic."""


def client_config(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    """librdkafka settings for connecting as `settings` says; the caller adds those of its kind of client."""
    config: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_brokers,
        "client.id": client_id,
        "security.protocol": settings.kafka_security_protocol,
        # A broker that comes back is noticed within a second, not after librdkafka's 10.
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 1000,
        "socket.connection.setup.timeout.ms": 5000,
        "allow.auto.create.topics": False,
    }
    if settings.kafka_security_protocol.startswith("SASL_"):
        config["sasl.mechanisms"] = settings.kafka_sasl_mechanism
        config["sasl.username"] = settings.kafka_sasl_username
        config["sasl.password"] = settings.kafka_sasl_password.get_secret_value()
    if settings.kafka_security_protocol.endswith("SSL"):
        locations = {
            "ssl.ca.location": settings.kafka_ssl_ca_location,
            "ssl.certificate.location": settings.kafka_ssl_certificate_location,
            "ssl.key.location": settings.kafka_ssl_key_location,
        }
        config |= {name: path for name, path in locations.items() if path}
    return config


def require_usable(settings: KafkaSettings) -> None:
    """Passes where librdkafka makes a client of these settings. No broker is asked.

    Raises SettingsError for what it alone can tell, such as a key that is too weak for its OpenSSL.
    """
    config = client_config(settings, "ingestor-check") | {"log_level": 0}
    del config["bootstrap.servers"]
    try:
        AdminClient(config)
    except KafkaException as error:
        raise SettingsError(f"  KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_*, KAFKA_SSL_*: {error.args[0].str()}") from None


def producer_config(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    """`client_config` for whoever sends to the topic of events: once, durably, and into the session's partition."""
    return client_config(settings, client_id) | {
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": EVENTS_PARTITIONER,
    }


def answer(future: Future[Answer], timeout: float) -> Answer:
    """What a request of `timeout` seconds gave.

    Raises KafkaException, also where there is no answer in time: a TimeoutError is Postgres' alone.
    """
    try:
        # A little longer than the request's own bound, so that librdkafka's clearer error comes first.
        return future.result(timeout=timeout + 1)
    except TimeoutError:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"no answer in {timeout:g} s")) from None


def about(what: str, error: KafkaException) -> KafkaException:
    """The same error, in words that name what it is about: a broker's own answer does not."""
    failure = error.args[0]
    return KafkaException(KafkaError(failure.code(), f"{what}: {failure.str()}"))


def words(error: Exception) -> str:
    """What the error says, for people."""
    failure = error.args[0] if error.args else None
    return str(failure.str()) if isinstance(failure, KafkaError) else str(error)


def describe_topic(admin: AdminClient, name: str, timeout: float) -> TopicFacts:
    """The topic's id and partitions.

    Raises TopicMissing where the broker has no such topic, KafkaException where it does not answer in
    `timeout` seconds.
    """
    future = admin.describe_topics(TopicCollection([name]), request_timeout=timeout)[name]
    try:
        topic = answer(future, timeout)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise TopicMissing(f"topic {name} does not exist; create it with: ingestor-admin topic create") from None
        raise about(f"topic {name}", error) from None
    return TopicFacts(name, str(topic.topic_id), tuple(sorted(partition.id for partition in topic.partitions)))


def max_message_bytes(admin: AdminClient, name: str, timeout: float) -> int:
    """The topic's `max.message.bytes`: the size of a batch of records, as it is sent, that its brokers take.

    Raises KafkaException where the broker does not answer in `timeout` seconds, has no such topic, or does not let us
    look.
    """
    resource = ConfigResource(ResourceType.TOPIC, name)
    future = admin.describe_configs([resource], request_timeout=timeout)[resource]
    return int(answer(future, timeout)["max.message.bytes"].value)


def log_ends(admin: AdminClient, name: str, partitions: tuple[int, ...], timeout: float) -> dict[int, int]:
    """Each partition's log end offset: the offset the next record will get.

    Describe the topic first, each time: the client asks the leaders that it last learned of, for minutes, and a
    partition that is newer, or whose leader came back, is an error until then.
    """
    return _offsets(admin, name, partitions, OffsetSpec.latest(), timeout)  # type: ignore[no-untyped-call]


def log_starts(admin: AdminClient, name: str, partitions: tuple[int, ...], timeout: float) -> dict[int, int]:
    """Each partition's log start offset: that of the oldest record that retention has left. As for `log_ends`."""
    return _offsets(admin, name, partitions, OffsetSpec.earliest(), timeout)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Place:
    """A record that a broker found: its offset, None where there is none, and its time in seconds since 1970."""

    offset: int | None
    seconds: float


def offsets_at(admin: AdminClient, name: str, times: dict[int, float], timeout: float) -> dict[int, Place]:
    """In each partition the first record that is as late as the time (seconds since 1970), or later. As `log_ends`."""
    request = {
        TopicPartition(name, partition): OffsetSpec.for_timestamp(int(seconds * 1000))
        for partition, seconds in times.items()
    }
    futures = admin.list_offsets(request, request_timeout=timeout)
    found = {place.partition: answer(future, timeout) for place, future in futures.items()}
    return {
        partition: Place(info.offset if info.offset >= 0 else None, info.timestamp / 1000)
        for partition, info in found.items()
    }


def _offsets(
    admin: AdminClient, name: str, partitions: tuple[int, ...], spec: OffsetSpec, timeout: float
) -> dict[int, int]:
    request = {TopicPartition(name, partition): spec for partition in partitions}
    futures = admin.list_offsets(request, request_timeout=timeout)
    return {place.partition: answer(future, timeout).offset for place, future in futures.items()}


def log_client_message(level: int, facility: str, text: str) -> None:
    """librdkafka's own log lines as ours."""
    log.log(level, "kafka client", facility=facility, text=text)
