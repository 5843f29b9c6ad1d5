"""How the operator's own clients connect: librdkafka's settings from the resource and its Secrets, and aiokafka's."""

import base64
import ssl
import tempfile
from collections.abc import Mapping
from typing import Any

from ingestor_operator.manifests.settings import security_protocol
from ingestor_operator.model.kafka import Kafka
from ingestor_operator.model.secrets import kafka_secrets

SecretData = Mapping[str, Mapping[str, str]]
ClientConfig = dict[str, str | int]


class CredentialsMissing(LookupError):
    """A Secret, or a key in it, that the connection to Kafka needs is not there."""


class CredentialsUnreadable(ValueError):
    """What a Secret holds cannot be used, for instance a certificate in binary form."""


def client_config(kafka: Kafka, secrets: SecretData) -> ClientConfig:
    """Settings of an AdminClient; certificates travel as text, so that no file is written.

    Raises CredentialsMissing or CredentialsUnreadable, which name the Secret and the key.
    """
    for name, key in sorted(kafka_secrets(kafka)):
        if key not in secrets.get(name, {}):
            raise CredentialsMissing(f"Secret {name} with key {key} is needed to connect to Kafka; create it")
    config: ClientConfig = {
        "bootstrap.servers": kafka.bootstrap_servers,
        "client.id": "ingestor-operator",
        "security.protocol": security_protocol(kafka),
        "socket.connection.setup.timeout.ms": 5000,
        # By default a broker that refuses a connection is asked again 20 times a second for as long as a request waits.
        "reconnect.backoff.ms": 1000,
        "reconnect.backoff.max.ms": 2000,
        # Errors reach us through the results; librdkafka's own log lines would repeat them every second.
        "log_level": 0,
    }
    return config | _tls(kafka, secrets) | _sasl(kafka, secrets)


def security(config: ClientConfig) -> dict[str, Any]:
    """The same login and TLS in the words of aiokafka's connections. Raises SSLError for certificates that are none."""
    protocol = str(config.get("security.protocol", "PLAINTEXT"))
    options: dict[str, Any] = {
        "client_id": config.get("client.id"),
        "security_protocol": protocol,
        "sasl_mechanism": config.get("sasl.mechanisms"),
        "sasl_plain_username": config.get("sasl.username"),
        "sasl_plain_password": config.get("sasl.password"),
    }
    if protocol.endswith("SSL"):
        options["ssl_context"] = _ssl_context(config)
    return options


def _ssl_context(config: ClientConfig) -> ssl.SSLContext:
    authority = config.get("ssl.ca.pem")
    context = ssl.create_default_context(cadata=None if authority is None else str(authority))
    # From Python 3.13 on it would refuse certificates that librdkafka takes.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if "ssl.certificate.pem" in config:
        # Python reads them from files alone; this one has no name, and is gone when it is closed.
        with tempfile.TemporaryFile() as file:
            file.write(f"{config['ssl.certificate.pem']}\n{config['ssl.key.pem']}\n".encode())
            file.seek(0)
            # A key with a passphrase would make OpenSSL ask for it on the terminal.
            context.load_cert_chain(f"/dev/fd/{file.fileno()}", password="")
    return context


def _tls(kafka: Kafka, secrets: SecretData) -> ClientConfig:
    config: ClientConfig = {}
    if kafka.tls and (ca := kafka.tls.ca_secret_ref):
        config["ssl.ca.pem"] = _text(secrets, ca.name, ca.key)
    if kafka.tls and (client := kafka.tls.client_secret_ref):
        config["ssl.certificate.pem"] = _text(secrets, client.name, client.certificate_key)
        config["ssl.key.pem"] = _text(secrets, client.name, client.private_key_key)
    return config


def _sasl(kafka: Kafka, secrets: SecretData) -> ClientConfig:
    if not kafka.sasl:
        return {}
    ref = kafka.sasl.secret_ref
    return {
        "sasl.mechanisms": kafka.sasl.mechanism,
        "sasl.username": kafka.sasl.username or _text(secrets, ref.name, ref.username_key),
        "sasl.password": _text(secrets, ref.name, ref.password_key),
    }


def _text(secrets: SecretData, name: str, key: str) -> str:
    try:
        return base64.b64decode(secrets[name][key]).decode()
    except UnicodeDecodeError as error:
        raise CredentialsUnreadable(f"Secret {name} key {key} is not text; certificates have to be PEM") from error
