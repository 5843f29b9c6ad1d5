"""Metrics and health on a port of their own."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial

import pytest

from ingestor_common import probes
from ingestor_common.listening import listen
from ingestor_common.probes import PortTaken, ProbeServer


class State:
    """What the checks say."""

    live: str | None = None
    ready: str | None = None
    database = "up"


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def port(state: State) -> Iterator[int]:
    server = ProbeServer(
        0, chosen=False, live=lambda: state.live, ready=lambda: state.ready, sees=lambda: {"database": state.database}
    )
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
    assert get(port, "/readyz") == (200, json.dumps({"status": "ok", "database": "up"}))
    state.ready = "Postgres does not answer"
    status, body = get(port, "/readyz")
    assert (status, json.loads(body)["reason"]) == (503, "Postgres does not answer")
    assert get(port, "/healthz")[0] == 200


def test_probes_and_scrapes_by_ipv6_are_answered(port: int) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        with urllib.request.urlopen(f"http://[::1]:{port}{path}", timeout=5) as reply:
            assert reply.status == 200


def test_without_ipv6_they_are_answered_by_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "listen", partial(listen, has_dualstack=lambda: False))
    server = ProbeServer(0, chosen=False, live=lambda: None, ready=lambda: None, sees=dict)
    port = server.start()
    try:
        assert get(port, "/healthz")[0] == 200
    finally:
        server.stop()


def test_one_that_is_ready_without_its_database_says_so(port: int, state: State) -> None:
    state.database = "down: ConnectionRefusedError"
    status, body = get(port, "/readyz")
    assert (status, json.loads(body)["database"]) == (200, "down: ConnectionRefusedError")
    assert "database" not in json.loads(get(port, "/healthz")[1])


def test_another_path_says_which_there_are(port: int) -> None:
    assert get(port, "/")[0] == 404


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))  # noqa: S104  as the server does
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_that_was_chosen_stops_the_start_and_names_the_variable(taken: int) -> None:
    server = ProbeServer(taken, chosen=True, live=lambda: None, ready=lambda: None, sees=lambda: {"database": "up"})
    with pytest.raises(PortTaken, match=f"METRICS_PORT {taken}: Address already in use; choose another"):
        server.start()


def test_a_taken_default_port_gives_way_to_a_free_one(taken: int) -> None:
    server = ProbeServer(taken, chosen=False, live=lambda: None, ready=lambda: None, sees=lambda: {"database": "up"})
    port = server.start()
    try:
        assert port != taken
        assert get(port, "/healthz")[0] == 200
    finally:
        server.stop()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def is_closed(connection: socket.socket) -> bool:
    """Whether the server closes it before the timeout, having answered nothing."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_a_probe_is_answered_while_others_hold_connections(port: int) -> None:
    threads = threading.active_count()
    with ExitStack() as held:
        for _ in range(3 * probes.CONNECTIONS):
            held.enter_context(connect(port)).sendall(b"GET /metrics HTTP/1.1\r\nA: ")
        assert get(port, "/healthz")[0] == 200
        assert threading.active_count() - threads <= probes.CONNECTIONS


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nA: ", b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_probes_are_answered_while_strangers_connect_again_and_again(port: int, sent: bytes) -> None:
    ended = threading.Event()
    crowd = [
        threading.Thread(target=connect_again_and_again, args=(port, sent, ended))
        for _ in range(2 * probes.CONNECTIONS)
    ]
    for stranger in crowd:
        stranger.start()
    try:
        assert [get(port, "/healthz")[0] for _ in range(5)] == 5 * [200]
    finally:
        ended.set()
        for stranger in crowd:
            stranger.join()


def test_scrapes_that_wait_share_a_text_begun_after_they_asked(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_all, waiting = threading.Event(), threading.Semaphore(0)
    written = []

    def write_slowly() -> bytes:
        waiting.release()
        assert ask_all.wait(5)
        written.append(time.monotonic())
        return f"{len(written)}\n".encode()

    monkeypatch.setattr(probes, "generate_latest", write_slowly)
    with ThreadPoolExecutor(11) as pool:
        first = pool.submit(get, port, "/metrics")
        assert waiting.acquire(timeout=5)
        # These ask after the first text was begun: what has changed since would be missing in it.
        others = [connect(port) for _ in range(10)]
        for connection in others:
            connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert get(port, "/healthz")[0] == 200
        ask_all.set()
        assert first.result() == (200, "1\n")
        texts = {connection.makefile("rb").read().rsplit(b"\r\n", 1)[1] for connection in others}
        assert b"1\n" not in texts
        for connection in others:
            connection.close()
    # Two, but for one whose request is read after the second text was begun.
    assert len(written) < len(others) / 2


def connect_again_and_again(port: int, sent: bytes, ended: threading.Event) -> None:
    while not ended.is_set():
        with suppress(OSError), connect(port) as connection:
            connection.settimeout(0.5)
            connection.sendall(sent)
            while connection.recv(65536):
                pass


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nA: "], ids=["nothing", "half a head"])
def test_a_request_that_does_not_come_is_given_up(port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 0.1)
    with connect(port) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_a_request_that_comes_byte_by_byte_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 0.1)
    with connect(port) as connection:
        with suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"A")
                time.sleep(0.02)
        assert is_closed(connection)


def test_a_head_beyond_the_bound_is_not_read(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nA: " + probes.MAX_HEAD_BYTES * b"a" + b"\r\n\r\n")
        assert is_closed(connection)
