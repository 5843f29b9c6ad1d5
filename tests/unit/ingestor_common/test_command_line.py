"""A service says what it is, and that it takes no arguments."""

import pytest

from ingestor_common.command_line import take_no_arguments

NAME = "ingestor-common"


def given(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", [NAME, *arguments])
    take_no_arguments(NAME, "About it.")


def test_without_arguments_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)


def test_it_says_its_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        given(monkeypatch, "--version")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"{NAME} 0.")


def test_what_it_does_not_know_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        given(monkeypatch, "--port", "80")
    assert ended.value.code == 2
    assert "--port 80" in capsys.readouterr().err
