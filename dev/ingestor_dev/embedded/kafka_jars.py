"""Kafka's jars in a cache folder: downloaded once, checked against the lock file, shared by all starts."""

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.maven import MavenContext

from ingestor_dev.embedded.cache_folder import cache_folder, locked
from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.jar_lock import LOCK_FILE, LockedJar, digest, parse_lock, sha256_of
from ingestor_dev.embedded.maven import MIRROR_ADVICE, repositories

_PARALLEL_DOWNLOADS = 8
_ATTEMPTS = 3


def kafka_jars() -> Path:
    """The folder that holds Kafka's jars and nothing else; fills it on the first call on this machine.

    Safe to call from many processes at once. A folder that exists is complete: it is renamed into its place
    when all jars are there and have the pinned hashes.

    Raises:
        EmbeddedServerError: a jar could not be downloaded, or is not the pinned one.
    """
    jars = parse_lock(LOCK_FILE.read_text())
    folder = cache_folder() / f"kafka-{digest(jars)}"
    if folder.is_dir():
        return folder
    with locked(folder):
        if not folder.is_dir():
            _fill(folder, jars)
    return folder


def _fill(folder: Path, jars: list[LockedJar]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.part-") as work:
        maven = repositories(Path(work, "repository"))
        complete = Path(work, "jars")
        complete.mkdir()
        with ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool:
            for file in pool.map(lambda jar: _download(maven, jar), jars):
                shutil.move(file, complete)
        complete.rename(folder)


def _download(maven: MavenContext, jar: LockedJar) -> Path:
    problem = ""
    for _ in range(_ATTEMPTS):
        try:
            file: Path = maven.create_dependency(jar.coordinate).artifact.resolve()
        except (requests.RequestException, RuntimeError, OSError) as error:
            problem = str(error)
        else:
            if sha256_of(file) == jar.sha256:
                return file
            problem = "the file does not have the pinned SHA-256"
        _discard_partial(maven, jar)
    raise EmbeddedServerError(f"Kafka's jar {jar.coordinate} cannot be downloaded ({problem}); {MIRROR_ADVICE}")


def _discard_partial(maven: MavenContext, jar: LockedJar) -> None:
    partial: Path | None = maven.create_dependency(jar.coordinate).artifact.cached_path
    if partial is not None:
        partial.unlink(missing_ok=True)
