"""A Kafka that cannot even be asked is part of what was observed."""

import asyncio
import base64
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kafka.facts import KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.observe import observe as observing
from ingestor_operator.observe.observe import read_kafka, served_namespaces


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, dict[str, str]]:
    """The Secrets of the SASL and TLS sample, with a certificate of its own."""
    key, certificate = tmp_path / "tls.key", tmp_path / "tls.crt"
    subject = ["-subj", "/CN=kafka", "-days", "1", "-nodes", "-newkey", "rsa:2048"]
    command = ["openssl", "req", "-x509", *subject, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return {
        "kafka-ca": {"ca.crt": encoded(certificate.read_text())},
        "kafka-client": {"tls.crt": encoded(certificate.read_text()), "tls.key": encoded(key.read_text())},
        "kafka-login": {"username": encoded("ingestor"), "password": encoded("secret")},
    }


def test_certificates_and_credentials_make_a_client(make_resource: Any, secrets: dict[str, dict[str, str]]) -> None:
    clients, resource = KafkaClients(), make_resource("sasl-tls")
    kept = clients.of(resource, secrets)
    assert clients.of(resource, secrets) is kept
    changed = secrets | {"kafka-login": {"username": encoded("other"), "password": encoded("secret")}}
    assert clients.of(resource, changed) is not kept


async def test_a_certificate_that_is_none_is_said(make_resource: Any, secrets: dict[str, dict[str, str]]) -> None:
    broken = secrets | {"kafka-ca": {"ca.crt": encoded("no certificate")}}
    found = await read_kafka(make_resource("sasl-tls"), KafkaClients(), broken)
    assert isinstance(found, KafkaUnreachable)
    assert found.reason == "KafkaSettingsInvalid"
    assert "ssl.ca.pem" in found.message


async def test_a_certificate_in_binary_form_is_said(make_resource: Any, secrets: dict[str, dict[str, str]]) -> None:
    binary = secrets | {"kafka-ca": {"ca.crt": base64.b64encode(b"0\x82\xff\xfe").decode()}}
    found = await read_kafka(make_resource("sasl-tls"), KafkaClients(), binary)
    assert found == KafkaUnreachable(
        "KafkaSettingsInvalid", "Secret kafka-ca key ca.crt is not text; certificates have to be PEM."
    )


async def test_a_missing_secret_is_said(make_resource: Any) -> None:
    found = await read_kafka(make_resource("sasl-tls"), KafkaClients(), {})
    assert isinstance(found, KafkaUnreachable)
    assert found.reason == "KafkaCredentialsMissing"


async def test_a_kafka_that_gets_nowhere_is_given_up_in_time(
    make_resource: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_ever(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(observing, "observe_kafka", for_ever)
    monkeypatch.setattr(observing, "KAFKA_TIMEOUT", 0.05)
    clients, resource = KafkaClients(), make_resource()
    kept = clients.of(resource, {})
    found = await read_kafka(resource, clients, {})
    assert isinstance(found, KafkaUnreachable)
    assert found.reason == "KafkaUnreachable"
    assert "did not answer everything within" in found.message
    assert clients.of(resource, {}) is not kept


class Namespaces(Cluster):
    """An API server with one namespace."""

    def __init__(self) -> None:
        pass

    async def namespace_uid(self, name: str) -> str:
        return {"here": "uid-here", "gone": ""}[name]


async def test_namespaces_that_marks_name_are_known_where_they_are_in_this_cluster(make_resource: Any) -> None:
    marks = [
        OwnerMark(owner, uid, "n", "id", made=True, renewed=0) for owner, uid in (("here/a", "x"), ("gone/b", "y"))
    ]
    topics = {name: TopicFacts(name, "id", 1, 1, mark=mark) for name, mark in zip("tu", marks, strict=True)}
    found = await served_namespaces(make_resource(), KafkaFacts(topics), Namespaces())
    assert found == {"uid-here"}
