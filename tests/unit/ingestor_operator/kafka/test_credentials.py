"""The operator connects to Kafka as the resource says."""

import base64
from typing import Any

import pytest

from ingestor_operator.kafka.credentials import CredentialsMissing, client_config


def encoded(**values: str) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


SECRETS = {
    "kafka-ca": encoded(**{"ca.crt": "CA"}),
    "kafka-client": encoded(**{"tls.crt": "CERT", "tls.key": "KEY"}),
    "kafka-login": encoded(username="ingestor", password="pw"),
}


def test_plain_text_needs_no_secret(make_resource: Any) -> None:
    config = client_config(make_resource().spec.kafka, {})
    assert config["security.protocol"] == "PLAINTEXT"
    assert not {key for key in config if key.startswith(("sasl", "ssl"))}


def test_certificates_and_credentials_come_from_the_secrets(make_resource: Any) -> None:
    config = client_config(make_resource("sasl-tls").spec.kafka, SECRETS)
    assert config["security.protocol"] == "SASL_SSL"
    assert (config["ssl.ca.pem"], config["ssl.certificate.pem"], config["ssl.key.pem"]) == ("CA", "CERT", "KEY")
    assert (config["sasl.mechanisms"], config["sasl.username"], config["sasl.password"]) == (
        "SCRAM-SHA-512",
        "ingestor",
        "pw",
    )


def test_a_user_name_in_the_spec_is_enough_for_a_secret_with_only_a_password(make_resource: Any) -> None:
    secrets = {"ingestor": encoded(password="pw"), "events-cluster-ca-cert": encoded(**{"ca.crt": "CA"})}
    assert client_config(make_resource("production").spec.kafka, secrets)["sasl.username"] == "ingestor"


@pytest.mark.parametrize(("name", "key"), [("kafka-login", "password"), ("kafka-ca", "ca.crt")])
def test_what_is_missing_is_named(make_resource: Any, name: str, key: str) -> None:
    lacking = SECRETS | {name: {}}
    with pytest.raises(CredentialsMissing, match=f"Secret {name} with key {key}"):
        client_config(make_resource("sasl-tls").spec.kafka, lacking)
