"""A Kafka that cannot be read is told by its cause, and always in the same words."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.kafka.diagnosis import unreachable
from ingestor_operator.model.kafka import Kafka, Sasl
from ingestor_operator.model.references import SaslSecretRef

TIMED_OUT = KafkaException(KafkaError(KafkaError._TIMED_OUT, "Failed while waiting for controller: Local: Timed out"))
UNTRUSTED = KafkaError(
    KafkaError._SSL,
    "sasl_ssl://broker:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed:"
    " broker certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA"
    " certificates are installed (install ca-certificates package) (after 33ms in state SSL_HANDSHAKE)",
)
LOGIN = KafkaError(
    KafkaError._AUTHENTICATION,
    "sasl_ssl://broker:9093/bootstrap: SASL authentication error: Authentication failed during authentication due to"
    " invalid credentials with SASL mechanism SCRAM-SHA-512 (after 12ms in state AUTH_REQ)",
)
NO_CERTIFICATE = KafkaError(
    KafkaError._TRANSPORT,
    "sasl_ssl://broker:9094/bootstrap: Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate:"
    " SSL alert number 42 (after 5ms in state APIVERSION_QUERY)",
)
PLAIN_BROKER = KafkaError(
    KafkaError._TRANSPORT,
    "sasl_ssl://broker:9092/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting"
    " to a PLAINTEXT broker listener? (after 5ms in state SSL_HANDSHAKE)",
)
REFUSED = KafkaError(
    KafkaError._TRANSPORT,
    "plaintext://kafka:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state"
    " CONNECT)",
)
NO_NAME = KafkaError(
    KafkaError._RESOLVE,
    "kafka:9092/bootstrap: Failed to resolve 'kafka:9092': Name or service not known (after 23ms in state CONNECT)",
)
ALL_DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")


@pytest.fixture
def secured(make_resource: Any) -> Kafka:
    kafka: Kafka = make_resource("sasl-tls").spec.kafka
    return kafka


@pytest.mark.parametrize(
    ("trouble", "reason", "words"),
    [
        (UNTRUSTED, "KafkaTlsFailed", "is not what the authority in Secret kafka-ca[ca.crt] vouches for"),
        (
            LOGIN,
            "KafkaLoginRefused",
            "invalid credentials with SASL mechanism SCRAM-SHA-512. Look at Secret kafka-login.",
        ),
        (NO_CERTIFICATE, "KafkaTlsFailed", "the client's certificate in Secret kafka-client[tls.crt]"),
        (PLAIN_BROKER, "KafkaTlsFailed", "connecting to a PLAINTEXT broker listener?"),
        (REFUSED, "KafkaUnreachable", "could not be read: the connection to 10.0.0.1:9092 fails: connection refused."),
    ],
)
def test_the_cause_is_told_and_where_to_look(secured: Kafka, trouble: KafkaError, reason: str, words: str) -> None:
    found = unreachable(secured, TIMED_OUT, [ALL_DOWN, trouble])
    assert found.reason == reason
    assert words in found.message


def test_what_is_absent_from_the_spec_is_named(make_resource: Any) -> None:
    plain: Kafka = make_resource("minimal").spec.kafka
    assert "kafka.tls.caSecretRef is absent" in unreachable(plain, TIMED_OUT, [UNTRUSTED]).message
    assert "kafka.tls.clientSecretRef is absent" in unreachable(plain, TIMED_OUT, [NO_CERTIFICATE]).message
    assert "kafka.sasl, which is absent" in unreachable(plain, TIMED_OUT, [LOGIN]).message


def test_a_name_that_only_its_own_namespace_resolves_is_explained(make_resource: Any) -> None:
    short: Kafka = make_resource("minimal", {"kafka.bootstrapServers": "kafka:9092"}).spec.kafka
    assert unreachable(short, TIMED_OUT, [NO_NAME]).message == (
        "Kafka at kafka:9092 could not be read: the name of the host in kafka:9092 is not found."
        " A name without dots (kafka) is looked for in the operator's own namespace; write kafka.NAMESPACE.svc."
    )
    long: Kafka = make_resource("minimal", {"kafka.bootstrapServers": "kafka.data.svc:9092"}).spec.kafka
    assert "NAMESPACE" not in unreachable(long, TIMED_OUT, [NO_NAME]).message
    many: Kafka = make_resource(
        "minimal", {"kafka.bootstrapServers": "[::1]:9092,::1,SASL_SSL://kafka:9092,broker"}
    ).spec.kafka
    assert "without dots (kafka, broker) is" in unreachable(many, TIMED_OUT, [NO_NAME]).message


def test_what_kafka_itself_answers_is_told_as_it_is(secured: Kafka) -> None:
    denied = KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "Broker: Topic authorization failed"))
    found = unreachable(secured, denied, [REFUSED])
    assert (found.reason, found.message.endswith("could not be read: Broker: Topic authorization failed.")) == (
        "KafkaUnreachable",
        True,
    )


def test_without_any_trouble_the_failure_itself_is_told(secured: Kafka) -> None:
    assert unreachable(secured, TIMED_OUT).message.endswith(" could not be read: no answer in time.")
    assert unreachable(secured, KafkaException(ALL_DOWN)).message.endswith(" could not be read: no broker answers.")


@given(st.permutations([UNTRUSTED, LOGIN, NO_CERTIFICATE, REFUSED, NO_NAME, ALL_DOWN]), st.integers(0, 9999))
def test_the_words_do_not_change_with_order_or_time(troubles: list[KafkaError], milliseconds: int) -> None:
    kafka = Kafka(bootstrap_servers="kafka:9092", sasl=Sasl(secret_ref=SaslSecretRef(name="login")))
    later = [KafkaError(one.code(), one.str().replace("after 12ms", f"after {milliseconds}ms")) for one in troubles]
    assert unreachable(kafka, TIMED_OUT, troubles + later) == unreachable(kafka, TIMED_OUT, [LOGIN])


def test_an_answer_without_words_is_told_by_its_name(secured: Kafka) -> None:
    wordless = KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED, "ConsumerGroupDescribe: "))
    assert unreachable(secured, wordless).message.endswith("ConsumerGroupDescribe: GROUP_AUTHORIZATION_FAILED.")
