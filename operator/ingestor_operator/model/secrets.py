"""Which keys of which Secrets a resource refers to."""

from ingestor_operator.model.kafka import Kafka
from ingestor_operator.model.spec import Spec

SecretKeys = frozenset[tuple[str, str]]
"""Pairs of a Secret's name and a key in it."""


def kafka_secrets(kafka: Kafka) -> SecretKeys:
    """What a Kafka client needs: credentials and certificates."""
    keys: set[tuple[str, str]] = set()
    if kafka.tls and (ca := kafka.tls.ca_secret_ref):
        keys.add((ca.name, ca.key))
    if kafka.tls and (client := kafka.tls.client_secret_ref):
        keys |= {(client.name, client.certificate_key), (client.name, client.private_key_key)}
    if kafka.sasl:
        secret = kafka.sasl.secret_ref
        keys.add((secret.name, secret.password_key))
        if not kafka.sasl.username:
            keys.add((secret.name, secret.username_key))
    return frozenset(keys)


def database_secrets(spec: Spec) -> SecretKeys:
    """The connection URL."""
    return frozenset({(spec.database.secret_ref.name, spec.database.secret_ref.key)})


def auth_secrets(spec: Spec) -> SecretKeys:
    """The secret that tokens are signed with."""
    ref = spec.auth.jwt_secret_ref
    return frozenset({(ref.name, ref.key)}) if ref else frozenset()


def api_secrets(spec: Spec) -> SecretKeys:
    """What the API's pods read."""
    return database_secrets(spec) | auth_secrets(spec) | kafka_secrets(spec.kafka)


def migration_secrets(spec: Spec) -> SecretKeys:
    """What the migration Job's pod reads."""
    return database_secrets(spec) | kafka_secrets(spec.kafka)


def consumer_secrets(spec: Spec) -> SecretKeys:
    """What the consumer's pods read."""
    return database_secrets(spec) | kafka_secrets(spec.kafka)
