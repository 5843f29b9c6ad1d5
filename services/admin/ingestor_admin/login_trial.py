"""A login to Kafka as the services log in, tried before they are given its credentials."""

from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_admin.connection_errors import is_refusal, most_telling
from ingestor_common.kafka import client_config
from ingestor_common.settings import KafkaSettings

_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Trial:
    """How a login ended, each in Kafka's words: refused, or not reached; neither where Kafka let us in."""

    refused: str | None = None
    unreached: str | None = None


def try_login(settings: KafkaSettings) -> Trial:
    """Log in, and ask for the topic of events. Kafka has some seconds for it, since its errors come one by one."""
    errors: list[KafkaError] = []
    callbacks: dict[str, Any] = {"error_cb": errors.append}
    admin = AdminClient(client_config(settings, "ingestor-admin") | {"log_level": 0} | callbacks)
    try:
        topic = admin.list_topics(settings.kafka_topic, timeout=_SECONDS).topics.get(settings.kafka_topic)
    except KafkaException as error:
        # librdkafka keeps the errors of its connections until they are called for.
        admin.poll(0)
        return judge(errors, error)
    # That there is no such topic is not of the login: it may be made later.
    if topic and topic.error and topic.error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return Trial(refused=f"topic {settings.kafka_topic}: {topic.error.str()}")
    return Trial()


def judge(errors: list[KafkaError], failure: KafkaException) -> Trial:
    """What came of a login without an answer: `errors` are those of the connections meanwhile."""
    if refused := most_telling(filter(is_refusal, errors)):
        return Trial(refused=refused)
    return Trial(unreached=most_telling(errors) or str(failure.args[0].str()))
