"""Metrics and health on a port of their own."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from ingestor_common.probes import PortTaken, ProbeServer


class State:
    """What the checks say."""

    live: str | None = None
    ready: str | None = None


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def port(state: State) -> Iterator[int]:
    server = ProbeServer(0, chosen=False, live=lambda: state.live, ready=lambda: state.ready)
    yield server.start()
    server.stop()


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_are_in_prometheus_text(port: int) -> None:
    status, body = get(port, "/metrics")
    assert status == 200
    assert "# TYPE python_info gauge" in body


def test_a_fault_is_503_with_its_sentence(port: int, state: State) -> None:
    assert get(port, "/readyz") == (200, json.dumps({"status": "ok"}))
    state.ready = "Postgres does not answer"
    status, body = get(port, "/readyz")
    assert (status, json.loads(body)["reason"]) == (503, "Postgres does not answer")
    assert get(port, "/healthz")[0] == 200


def test_another_path_says_which_there_are(port: int) -> None:
    assert get(port, "/")[0] == 404


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))  # noqa: S104  as the server does
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_that_was_chosen_stops_the_start_and_names_the_variable(taken: int) -> None:
    server = ProbeServer(taken, chosen=True, live=lambda: None, ready=lambda: None)
    with pytest.raises(PortTaken, match=f"METRICS_PORT {taken} is in use"):
        server.start()


def test_a_taken_default_port_gives_way_to_a_free_one(taken: int) -> None:
    server = ProbeServer(taken, chosen=False, live=lambda: None, ready=lambda: None)
    port = server.start()
    try:
        assert port != taken
        assert get(port, "/healthz")[0] == 200
    finally:
        server.stop()
