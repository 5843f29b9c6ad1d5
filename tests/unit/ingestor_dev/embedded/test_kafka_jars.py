"""Kafka's jars come from the user's mirror, are the pinned ones, and are there entirely or not at all."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingestor_dev.embedded import kafka_jars as module
from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.jar_lock import LockedJar, render_lock
from ingestor_dev.embedded.kafka_jars import kafka_jars
from ingestor_dev.embedded.ports import free_port

_CONTENT = {"broker": b"the broker", "tools": b"the tools"}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("INGESTOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A Maven repository with the two jars."""
    for artifact, content in _CONTENT.items():
        jar = tmp_path / "repository" / "org" / "example" / artifact / "1.0" / f"{artifact}-1.0.jar"
        jar.parent.mkdir(parents=True)
        jar.write_bytes(content)
    return tmp_path / "repository"


@pytest.fixture(autouse=True)
def _lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    jars = [
        LockedJar(f"org.example:{artifact}:1.0", hashlib.sha256(content).hexdigest())
        for artifact, content in _CONTENT.items()
    ]
    lock = tmp_path / "lock"
    lock.write_text(render_lock(jars))
    monkeypatch.setattr(module, "LOCK_FILE", lock)


def _use_mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int) -> None:
    settings = tmp_path / "jgo.conf"
    settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{port}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, repository: Path) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(repository))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        _use_mirror(monkeypatch, tmp_path, server.server_port)
        yield
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("mirror")
def test_the_jars_come_from_the_mirror_in_the_users_settings(cache: Path) -> None:
    folder = kafka_jars()

    assert folder.parent == cache
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "broker-1.0.jar": b"the broker",
        "tools-1.0.jar": b"the tools",
    }


@pytest.mark.usefixtures("mirror", "cache")
def test_they_are_downloaded_once(repository: Path) -> None:
    first = kafka_jars()
    for jar in repository.rglob("*.jar"):
        jar.unlink()

    assert kafka_jars() == first


@pytest.mark.usefixtures("mirror", "cache")
def test_many_callers_at_once_get_the_same_complete_folder() -> None:
    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(kafka_jars) for _ in range(4)]

    assert len({result.result() for result in results}) == 1
    assert len(list(results[0].result().iterdir())) == 2


@pytest.mark.usefixtures("mirror")
def test_a_jar_that_is_not_the_pinned_one_is_refused_and_leaves_nothing(cache: Path, repository: Path) -> None:
    next(repository.rglob("tools-*.jar")).write_bytes(b"something else")

    with pytest.raises(EmbeddedServerError, match="org.example:tools:1.0 .* does not have the pinned SHA-256"):
        kafka_jars()

    assert not [entry for entry in cache.iterdir() if entry.is_dir()]


@pytest.mark.usefixtures("cache")
def test_without_a_network_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _use_mirror(monkeypatch, tmp_path, free_port())

    with pytest.raises(EmbeddedServerError, match="cannot be downloaded .*connect to the network .*your mirror"):
        kafka_jars()
