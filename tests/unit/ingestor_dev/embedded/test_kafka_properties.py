"""The configuration of the embedded Kafka node."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_dev.embedded.kafka_properties import KafkaConfig, render, server_properties

_CONFIG = KafkaConfig(Path("/data"), port=19092, controller_port=19093)


def _unescaped(value: str) -> str:
    return value.replace("\\n", "\n").replace("\\\\", "\\")


def test_one_node_is_enough_for_every_internal_topic() -> None:
    properties = server_properties(_CONFIG)

    needed = {name: value for name, value in properties.items() if name.endswith(("replication.factor", "min.isr"))}
    assert set(needed) == {
        "default.replication.factor",
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
        "transaction.state.log.min.isr",
        "share.coordinator.state.topic.replication.factor",
        "share.coordinator.state.topic.min.isr",
    }
    assert set(needed.values()) == {"1"}


def test_it_listens_on_loopback_alone() -> None:
    assert server_properties(_CONFIG)["listeners"] == "CLIENTS://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"


def test_a_broker_never_makes_topics_by_itself() -> None:
    assert server_properties(_CONFIG)["auto.create.topics.enable"] == "false"


def test_the_callers_properties_win() -> None:
    config = KafkaConfig(Path("/data"), 1, 2, extra={"num.partitions": "7", "log.retention.ms": "1000"})

    properties = server_properties(config)

    assert properties["num.partitions"] == "7"
    assert properties["log.retention.ms"] == "1000"


def test_scram_users_have_to_log_in_and_to_be_allowed() -> None:
    config = KafkaConfig(Path("/data"), 1, 2, scram_users={"admin": "secret", "app": "other"})

    properties = server_properties(config)

    assert "CLIENTS:SASL_PLAINTEXT" in properties["listener.security.protocol.map"]
    assert properties["authorizer.class.name"].endswith("StandardAuthorizer")
    assert 'username="admin" password="secret"' in "".join(properties.values())


def test_scram_users_without_the_admin_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a user 'admin'"):
        KafkaConfig(Path("/data"), 1, 2, scram_users={"app": "secret"})


def test_all_ports_are_known_by_their_purpose() -> None:
    config = KafkaConfig(Path("/data"), 1, 2, jmx_port=3)

    assert config.ports == {"clients": 1, "the controller": 2, "JMX": 3}


def test_properties_are_one_to_a_line() -> None:
    assert render({"a.b": "1", "c": "x=y"}) == "a.b=1\nc=x=y\n"


@given(st.text(alphabet=st.characters(exclude_characters="\\\n", codec="ascii")) | st.just("C:\\kafka"))
def test_a_value_with_special_characters_stays_one_line(value: str) -> None:
    line = render({"name": value})

    assert line.count("\n") == 1
    assert _unescaped(line.removeprefix("name=").removesuffix("\n")) == value
