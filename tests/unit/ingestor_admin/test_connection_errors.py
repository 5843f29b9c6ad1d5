"""Of what the connections to Kafka failed with, the error that says most is told."""

from confluent_kafka import KafkaError

from ingestor_admin.connection_errors import most_telling

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
