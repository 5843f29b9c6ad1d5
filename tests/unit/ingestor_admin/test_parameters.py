"""Options that take an identifier or an offset read it as the services do."""

from collections.abc import Iterator

import click
import pytest
from odd_inputs import IDS, TIMES, Id, Time

from ingestor_admin.failures import WrongUsage
from ingestor_admin.main import main
from ingestor_admin.parameters import IDENTIFIER
from ingestor_admin.span import parse_bound


@pytest.mark.parametrize("identifier", IDS, ids=lambda identifier: repr(identifier.text))
def test_an_identifier_is_read_as_in_an_event(identifier: Id) -> None:
    if identifier.value is not None:
        assert IDENTIFIER.convert(identifier.text, None, None) == identifier.value
        return
    with pytest.raises(click.BadParameter, match="must be a UUID"):
        IDENTIFIER.convert(identifier.text, None, None)


def options(command: click.Command) -> Iterator[click.Parameter]:
    yield from command.params
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from options(each)


def test_every_option_that_is_an_identifier_is_read_so() -> None:
    kinds = {option.name: option.type for option in options(main) if option.name in ("session", "after")}
    assert kinds == {"session": IDENTIFIER, "after": IDENTIFIER}
    assert not any(option.type is click.UUID for option in options(main))


@pytest.mark.parametrize("time", TIMES, ids=lambda time: repr(time.text))
def test_a_time_is_read_as_in_an_event(time: Time) -> None:
    if time.value is not None:
        assert parse_bound(time.text) == time.value
    elif not time.text.isdecimal() and not time.text.endswith("23:59"):
        with pytest.raises(WrongUsage):
            parse_bound(time.text)


@pytest.mark.parametrize("text", ["9" * 5_000, "\u0661\u0662", "-1", "1_0", "1.0", " 1", ""])
def test_an_offset_is_digits(text: str) -> None:
    with pytest.raises(WrongUsage):
        parse_bound(text)
