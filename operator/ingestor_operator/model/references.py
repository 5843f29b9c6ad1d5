"""References to Secrets: the operator never creates or changes one."""

from typing import Annotated

from pydantic import Field

from ingestor_operator.model.schema import Model

SecretName = Annotated[str, Field(min_length=1, max_length=253)]
SecretKey = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]


class SecretKeyRef(Model):
    """One key of a Secret in the same namespace."""

    name: SecretName
    """Name of the Secret."""
    key: SecretKey
    """Key within the Secret."""


class CaSecretRef(Model):
    """The Secret that holds the certificate authority of the brokers."""

    name: SecretName
    """Name of the Secret (Strimzi: CLUSTER-cluster-ca-cert)."""
    key: SecretKey = "ca.crt"
    """Key that holds the PEM bundle."""


class ClientSecretRef(Model):
    """The Secret that holds the client certificate for mutual TLS."""

    name: SecretName
    """Name of the Secret (Strimzi: the name of the KafkaUser)."""
    certificate_key: SecretKey = "tls.crt"
    """Key of the PEM certificate (Strimzi: user.crt)."""
    private_key_key: SecretKey = "tls.key"
    """Key of the PEM private key (Strimzi: user.key)."""


class SaslSecretRef(Model):
    """The Secret that holds the SASL credentials."""

    name: SecretName
    """Name of the Secret."""
    username_key: SecretKey = "username"
    """Key of the user name; not read when sasl.username is given."""
    password_key: SecretKey = "password"  # noqa: S105 - the name of a key, not a password
    """Key of the password."""
