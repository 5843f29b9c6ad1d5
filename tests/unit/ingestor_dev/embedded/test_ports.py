"""Ports for embedded servers: free ones are free, taken ones are told by name."""

import socket
from pathlib import Path

import pytest

from ingestor_dev.embedded import ports as module
from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.ports import free_port, free_ports, is_taken, require_free, usable_ports


def test_a_port_is_taken_while_something_listens_on_it() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert is_taken(port)
    assert not is_taken(port)


def test_a_taken_port_is_an_error_that_names_the_port_and_its_purpose() -> None:
    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(EmbeddedServerError, match=f"port {port} .*which Kafka needs for clients, is taken"),
    ):
        require_free(port, "Kafka needs for clients")
    require_free(port, "Kafka needs for clients")


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(20)

    assert len(set(ports)) == 20
    assert not any(is_taken(port) for port in ports)


def test_a_port_is_given_once_even_while_nobody_listens_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    _keep_to(monkeypatch, "40000-40011")
    given = [port for _ in range(3) for port in free_ports(2)]

    assert len(set(given)) == 6
    assert set(given) <= set(range(40000, 40012))


def test_a_range_without_free_ports_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _keep_to(monkeypatch, "40020-40021")

    with pytest.raises(EmbeddedServerError, match=r"found \d free ports of 3 "):
        free_ports(3)


@pytest.mark.parametrize(
    ("ephemeral_range", "first"), [("20000\t60999\n", 20_000), ("", 32_768), ("1024 65535", 32_768)]
)
def test_free_ports_are_none_that_a_client_is_given_for_its_own_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ephemeral_range: str, first: int
) -> None:
    (tmp_path / "range").write_text(ephemeral_range)
    monkeypatch.setattr(module, "_EPHEMERAL_RANGE", tmp_path / "range")
    monkeypatch.delenv("INGESTOR_FREE_PORTS", raising=False)

    assert usable_ports()[-1] < first
    assert set(free_ports(20)) <= set(usable_ports())


def _keep_to(monkeypatch: pytest.MonkeyPatch, ports: str) -> None:
    monkeypatch.setenv("INGESTOR_FREE_PORTS", ports)
    monkeypatch.setattr(module, "_given", set())
