"""The pinned jars of the embedded Kafka: exact coordinates with the hash of each file (`kafka-jars.lock`)."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

LOCK_FILE = Path(__file__).with_name("kafka-jars.lock")


@dataclass(frozen=True, order=True)
class LockedJar:
    """One jar: its Maven coordinate `group:artifact:version` and the SHA-256 of the file, in hex."""

    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The jar's name in a Maven repository."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def parse_lock(text: str) -> list[LockedJar]:
    """The jars of a lock file's text: a coordinate and a hash on each line, `#` starts a comment line."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [LockedJar(*line.split()) for line in lines]


def render_lock(jars: list[LockedJar]) -> str:
    """The lock file's text for these jars; `parse_lock` reads it back."""
    header = "# Written by `python -m ingestor_dev.embedded.lock_jars`; do not edit.\n"
    return header + "".join(f"{jar.coordinate} {jar.sha256}\n" for jar in sorted(jars))


def digest(jars: list[LockedJar]) -> str:
    """Twelve hex digits that differ between different sets of jars, whatever their order."""
    return hashlib.sha256(render_lock(jars).encode()).hexdigest()[:12]


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's content, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
