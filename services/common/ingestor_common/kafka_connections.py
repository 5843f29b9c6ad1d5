"""How a connection of our own to a broker, one of aiokafka's, logs in."""

from typing import Any

from aiokafka.helpers import create_ssl_context

from ingestor_common.settings import KafkaSettings


def connection_options(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    """The login and TLS of `settings` in the words of aiokafka's connections. Raises OSError for unreadable files."""
    protocol = settings.kafka_security_protocol
    found: dict[str, Any] = {"security_protocol": protocol, "client_id": client_id}
    if protocol.startswith("SASL_"):
        found["sasl_mechanism"] = settings.kafka_sasl_mechanism
        found["sasl_plain_username"] = settings.kafka_sasl_username
        found["sasl_plain_password"] = settings.kafka_sasl_password.get_secret_value()
    if protocol.endswith("SSL"):
        found["ssl_context"] = create_ssl_context(
            cafile=settings.kafka_ssl_ca_location or None,
            certfile=settings.kafka_ssl_certificate_location or None,
            keyfile=settings.kafka_ssl_key_location or None,
        )
    return found
