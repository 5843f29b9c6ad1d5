"""Ctrl-C ends a command with a status that is no answer, wherever it comes."""

import click
import pytest
from click.testing import CliRunner

from ingestor_admin.main import _Commands


def in_a_library() -> None:
    """As CPython does where a function in C returns a value although a signal's handler has raised."""
    raise SystemError("returned a result with an exception set") from KeyboardInterrupt()


def at_once() -> None:
    raise KeyboardInterrupt


def broken() -> None:
    raise SystemError("bad argument to internal function")


@pytest.mark.parametrize(("ending", "status"), [(in_a_library, 130), (at_once, 130), (broken, 1)])
def test_an_interruption_has_a_status_of_its_own(ending: object, status: int) -> None:
    group = _Commands("admin")
    group.add_command(click.Command("work", callback=ending))  # type: ignore[arg-type]
    assert CliRunner().invoke(group, ["work"]).exit_code == status
