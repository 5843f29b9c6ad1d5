"""`ingestor-admin migrate` tries what the services log in to Kafka with: refused, it fails, not reached it does not."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

import pytest
from integration.admin.commands import Finished, admin
from integration.operator.certificates import Authority, make_authority
from integration.operator.secure_kafka import PASSWORD, SecureKafka, running_secure_kafka

from ingestor_dev.embedded.kafka_properties import ADMIN


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureKafka]:
    with running_secure_kafka() as kafka:
        yield kafka


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture
def environment(secure: SecureKafka, migrated_database: str) -> dict[str, str]:
    """The right login, of a user who may do everything."""
    return {
        "DATABASE_URL": migrated_database,
        "KAFKA_ENABLED": "true",
        "KAFKA_BROKERS": secure.login,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": ADMIN,
        "KAFKA_SASL_PASSWORD": "admin-secret",
        "KAFKA_SSL_CA_LOCATION": str(secure.authority.certificate),
    }


def migrate(environment: Mapping[str, str]) -> Finished:
    return admin(environment, "migrate")


def test_with_the_right_login_it_says_nothing_of_kafka_though_the_topic_is_not_made_yet(
    environment: dict[str, str],
) -> None:
    done = migrate(environment | {"KAFKA_TOPIC": f"later-{uuid4().hex[:8]}"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "the database is up to date\n", "")


def test_a_wrong_password_fails_it_in_one_sentence(environment: dict[str, str], secure: SecureKafka) -> None:
    done = migrate(environment | {"KAFKA_SASL_PASSWORD": "wrong"})
    assert done.returncode == 3
    assert done.stdout == "the database is up to date\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: Kafka at {secure.login} does not let the services in: ")
    assert "Authentication failed during authentication due to invalid credentials" in line
    assert "wrong" not in line


def test_another_authority_fails_it(environment: dict[str, str], stranger: Authority) -> None:
    done = migrate(environment | {"KAFKA_SSL_CA_LOCATION": str(stranger.certificate)})
    assert done.returncode == 3
    assert "certificate verify failed" in done.stderr


@pytest.mark.parametrize("shown", [False, True])
def test_a_client_certificate_that_the_broker_does_not_take_fails_it(
    environment: dict[str, str], secure: SecureKafka, stranger: Authority, shown: bool
) -> None:
    identity = stranger.issue("nobody")
    files = {
        "KAFKA_SSL_CERTIFICATE_LOCATION": str(identity.certificate),
        "KAFKA_SSL_KEY_LOCATION": str(identity.key),
    }
    done = migrate(environment | {"KAFKA_BROKERS": secure.mutual} | (files if shown else {}))
    assert done.returncode == 3
    assert "alert" in done.stderr


def test_a_user_without_a_right_on_the_topic_fails_it(environment: dict[str, str], secure: SecureKafka) -> None:
    user, topic = f"guest-{uuid4().hex[:8]}", f"events-{uuid4().hex[:8]}"
    secure.set_password(user, PASSWORD)
    login = {"KAFKA_SASL_USERNAME": user, "KAFKA_SASL_PASSWORD": PASSWORD, "KAFKA_TOPIC": topic}
    done = migrate(environment | login)
    assert done.returncode == 3
    assert f"topic {topic}: " in done.stderr
    assert "Topic authorization failed" in done.stderr
    secure.allow(user, {("topic", topic): ["Write"]})
    assert migrate(environment | login).returncode == 0


@contextmanager
def cutting_off() -> Iterator[str]:
    """Address of something that takes connections and closes them, as a balancer without brokers behind it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            # Closing alone does not wake who accepts.
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.long
@pytest.mark.parametrize("place", ["closed", "cut off", "unknown"])
def test_a_kafka_that_is_not_reached_fails_nothing_and_is_said(environment: dict[str, str], place: str) -> None:
    with cutting_off() as cut:
        brokers = {"closed": "127.0.0.1:1", "cut off": cut, "unknown": "kafka.invalid:9093"}[place]
        done = migrate(environment | {"KAFKA_BROKERS": brokers})
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Kafka at {brokers} is not reached, so its login is not tried: " in done.stdout


@pytest.mark.parametrize("changed", [{"KAFKA_ENABLED": "false"}, {"KAFKA_ENABLED": ""}])
def test_where_the_services_do_not_use_kafka_nothing_is_tried(
    environment: dict[str, str], changed: dict[str, str]
) -> None:
    done = migrate(environment | {"KAFKA_SASL_PASSWORD": "wrong"} | changed)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_database_that_refuses_is_told_before_kafka(environment: dict[str, str]) -> None:
    wrong = {"DATABASE_URL": "postgresql://nobody:wrong@127.0.0.1:1/quiz", "KAFKA_SASL_PASSWORD": "wrong"}
    done = migrate(environment | wrong)
    assert done.returncode == 3
    assert done.stderr.startswith("Error: Postgres at ")
