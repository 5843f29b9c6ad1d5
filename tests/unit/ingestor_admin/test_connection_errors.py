"""Of what the connections to Kafka failed with, the error that says most is told, and a refusal is no outage."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from ingestor_admin.connection_errors import is_refusal, most_telling
from ingestor_admin.login_trial import Trial, judge

_DOWN = KafkaError(
    KafkaError._TRANSPORT, "b:9092/1: Connect to ipv4#10.0.0.1:9092 failed: refused (after 3ms in state CONNECT)"
)
_ALL = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")
_LOGIN = KafkaError(KafkaError._AUTHENTICATION, "b:9092/1: SASL authentication error: Authentication failed")


def test_a_refused_login_says_more_than_a_broker_that_is_down() -> None:
    assert most_telling([_DOWN, _ALL, _LOGIN]) == "b:9092/1: SASL authentication error: Authentication failed"


def test_the_moment_is_left_out() -> None:
    assert most_telling([_ALL, _DOWN]) == "b:9092/1: Connect to ipv4#10.0.0.1:9092 failed: refused"


def test_without_such_an_error_there_is_nothing_to_tell() -> None:
    assert most_telling([_ALL]) is None


_HANDSHAKE = "sasl_ssl://b:9093/bootstrap: SSL handshake failed: "


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (KafkaError._AUTHENTICATION, "SASL authentication error: Authentication failed"),
        (KafkaError._SSL, f"{_HANDSHAKE}error:0A000086:SSL routines::certificate verify failed: broker certificate"),
        (KafkaError._TRANSPORT, "SSL transport error: error:0A00045C:SSL routines::tlsv13 alert certificate required"),
    ],
)
def test_a_login_or_a_certificate_that_is_not_taken_is_a_refusal(code: int, text: str) -> None:
    assert is_refusal(KafkaError(code, text))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (KafkaError._TRANSPORT, "Connect to ipv4#10.0.0.1:9092 failed: Connection refused"),
        (KafkaError._RESOLVE, "Failed to resolve 'kafka:9093'"),
        (KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"),
        (KafkaError._TRANSPORT, f"{_HANDSHAKE}Disconnected: connecting to a PLAINTEXT broker listener?"),
        (KafkaError._SSL, f"{_HANDSHAKE}SSL transport error: Connection reset by peer"),
        (KafkaError._SSL, f"{_HANDSHAKE}error:0A000126:SSL routines::unexpected eof while reading"),
    ],
)
def test_a_kafka_that_is_not_reached_refuses_nobody(code: int, text: str) -> None:
    assert not is_refusal(KafkaError(code, text))


def test_a_refusal_counts_though_other_brokers_are_down() -> None:
    silence = KafkaException(
        KafkaError(KafkaError._TRANSPORT, "Failed to get metadata: Local: Broker transport failure")
    )
    assert judge([_DOWN, _LOGIN, _ALL], silence) == Trial(refused=_LOGIN.str())
    assert judge([_DOWN, _ALL], silence) == Trial(unreached="b:9092/1: Connect to ipv4#10.0.0.1:9092 failed: refused")
    assert judge([], silence).unreached == "Failed to get metadata: Local: Broker transport failure"
