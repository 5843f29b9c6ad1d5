"""The services' settings: plain values for the ConfigMap, references for what is secret."""

from typing import Any

from ingestor_operator.manifests.manifest import sorted_text
from ingestor_operator.model.kafka import Kafka
from ingestor_operator.model.references import SecretKeyRef
from ingestor_operator.model.spec import Spec

HTTP_PORT = 8080
METRICS_PORT = 9090
CA_DIRECTORY = "/etc/ingestor/kafka-ca"
CLIENT_DIRECTORY = "/etc/ingestor/kafka-client"


def plain_settings(spec: Spec) -> dict[str, str]:
    """Environment variables that hold no secret, for the ConfigMap that API and consumer share."""
    rollout = spec.api.rollout
    values = connection_settings(spec.kafka) | {
        "KAFKA_GROUP": spec.kafka.consumer_group,
        "KAFKA_ROLLOUT_PERCENT": str(rollout.kafka_percent),
        "KAFKA_EVENT_TYPES": ",".join(rollout.event_types),
        "KAFKA_FALLBACK": rollout.fallback.lower(),
        "AUTH_SIGNUP": spec.auth.signup,
        "PORT": str(HTTP_PORT),
        "METRICS_PORT": str(METRICS_PORT),
    }
    return sorted_text(values | _external_issuer(spec))


def connection_settings(kafka: Kafka) -> dict[str, str]:
    """Where Kafka is and how to log in, without what is secret."""
    values = {
        "KAFKA_ENABLED": "true",
        "KAFKA_BROKERS": kafka.bootstrap_servers,
        "KAFKA_TOPIC": kafka.topic.name,
        "KAFKA_DLQ_TOPIC": kafka.dead_letter_topic.name,
        "KAFKA_SECURITY_PROTOCOL": security_protocol(kafka),
    }
    return values | _kafka_files(kafka)


def connection_environment(kafka: Kafka) -> list[dict[str, Any]]:
    """`connection_settings` as variables of a container that reads no ConfigMap."""
    settings = sorted_text(connection_settings(kafka))
    return [{"name": name, "value": literal(value)} for name, value in settings.items()]


def security_protocol(kafka: Kafka) -> str:
    """librdkafka's security.protocol."""
    transport = "SSL" if kafka.tls else "PLAINTEXT"
    return f"SASL_{transport}" if kafka.sasl else transport


def database_environment(spec: Spec) -> list[dict[str, Any]]:
    """DATABASE_URL from its Secret."""
    return [_from_secret("DATABASE_URL", spec.database.secret_ref)]


def auth_environment(spec: Spec) -> list[dict[str, Any]]:
    """JWT_SECRET from its Secret, where tokens of the API's own are used."""
    return [_from_secret("JWT_SECRET", spec.auth.jwt_secret_ref)] if spec.auth.jwt_secret_ref else []


def kafka_environment(kafka: Kafka) -> list[dict[str, Any]]:
    """SASL credentials from their Secret."""
    if not kafka.sasl:
        return []
    secret = kafka.sasl.secret_ref
    password = _from_secret("KAFKA_SASL_PASSWORD", SecretKeyRef(name=secret.name, key=secret.password_key))
    if kafka.sasl.username:
        return [{"name": "KAFKA_SASL_USERNAME", "value": literal(kafka.sasl.username)}, password]
    user = SecretKeyRef(name=secret.name, key=secret.username_key)
    return [_from_secret("KAFKA_SASL_USERNAME", user), password]


def literal(text: str) -> str:
    """The text as the value of a variable that is to hold just it.

    Kubernetes puts the value of another variable, such as the database's URL, in for $(NAME), and $ in for $$.
    """
    return text.replace("$", "$$")


def kafka_volumes(kafka: Kafka) -> list[dict[str, Any]]:
    """Certificates as files, under names that do not depend on the keys of the Secrets."""
    volumes = []
    if kafka.tls and (ca := kafka.tls.ca_secret_ref):
        volumes.append(_secret_volume("kafka-ca", ca.name, {ca.key: "ca.crt"}))
    if kafka.tls and (client := kafka.tls.client_secret_ref):
        files = {client.certificate_key: "tls.crt", client.private_key_key: "tls.key"}
        volumes.append(_secret_volume("kafka-client", client.name, files))
    return volumes


def kafka_mounts(kafka: Kafka) -> list[dict[str, Any]]:
    """Mounts of `kafka_volumes`."""
    directories = {"kafka-ca": CA_DIRECTORY, "kafka-client": CLIENT_DIRECTORY}
    return [
        {"name": volume["name"], "mountPath": directories[volume["name"]], "readOnly": True}
        for volume in kafka_volumes(kafka)
    ]


def _kafka_files(kafka: Kafka) -> dict[str, str]:
    files: dict[str, str] = {}
    if kafka.sasl:
        files["KAFKA_SASL_MECHANISM"] = kafka.sasl.mechanism
    if kafka.tls and kafka.tls.ca_secret_ref:
        files["KAFKA_SSL_CA_LOCATION"] = f"{CA_DIRECTORY}/ca.crt"
    if kafka.tls and kafka.tls.client_secret_ref:
        files["KAFKA_SSL_CERTIFICATE_LOCATION"] = f"{CLIENT_DIRECTORY}/tls.crt"
        files["KAFKA_SSL_KEY_LOCATION"] = f"{CLIENT_DIRECTORY}/tls.key"
    return files


def _external_issuer(spec: Spec) -> dict[str, str]:
    values = {
        "JWT_JWKS_URL": spec.auth.jwks_url,
        "JWT_ISSUER": spec.auth.issuer,
        "JWT_AUDIENCE": spec.auth.audience,
        "JWT_UNCHECKED_CLAIMS": ",".join(spec.auth.unchecked_claims),
    }
    return {name: value for name, value in values.items() if value}


def _from_secret(variable: str, ref: SecretKeyRef) -> dict[str, Any]:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": ref.name, "key": ref.key}}}


def _secret_volume(name: str, secret: str, files: dict[str, str]) -> dict[str, Any]:
    items = [{"key": key, "path": path} for key, path in files.items()]
    # The file belongs to root, and the service is another user, one that OpenShift chooses.
    return {"name": name, "secret": {"secretName": secret, "defaultMode": 0o444, "items": items}}
