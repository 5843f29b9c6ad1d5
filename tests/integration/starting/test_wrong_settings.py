"""Every program ends with 2 on settings of Kafka that cannot be right, and names the variable, without a traceback."""

import pytest
from integration.starting.programs import run

_PROGRAMS = (("ingestor-api",), ("ingestor-consumer",), ("ingestor-admin", "topic"))
_LOGIN = {"KAFKA_SASL_USERNAME": "ada", "KAFKA_SASL_PASSWORD": "QXZ7KWV8"}


@pytest.mark.long
@pytest.mark.parametrize("program", _PROGRAMS, ids=" ".join)
@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"KAFKA_TOPIC": "lessons", "KAFKA_DLQ_TOPIC": "lessons"}, "KAFKA_DLQ_TOPIC"),
        ({"KAFKA_DLQ_TOPIC": "a/b"}, "KAFKA_DLQ_TOPIC"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SASL_USERNAME"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_USERNAME": "ada"}, "KAFKA_SASL_PASSWORD"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CA_LOCATION": "/nope"}, "KAFKA_SSL_CA_LOCATION"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CA_LOCATION": "/etc/hostname"}, "KAFKA_SSL_CA_LOCATION"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEY_LOCATION": "/nope"}, "KAFKA_SSL_KEY_LOCATION"),
        (_LOGIN, "KAFKA_SECURITY_PROTOCOL"),
    ],
)
def test_a_wrong_setting_of_kafka_is_named(
    program: tuple[str, ...], environment: dict[str, str], variable: str
) -> None:
    ended = run(program, {"KAFKA_ENABLED": "true", "HOST": "127.0.0.1", "PORT": "0", "METRICS_PORT": "0"} | environment)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 2, said
    assert variable in said
    assert "Traceback" not in said
    assert "QXZ7" not in said
