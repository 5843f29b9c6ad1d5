"""A new password, asked for or from standard input: a command line is seen by everybody on the machine."""

import sys
from typing import Final

import click

from ingestor_admin.failures import WrongUsage, require_text
from ingestor_common.passwords import LONGEST, SHORTEST

_MOST_BYTES: Final = 4 * (LONGEST + 1)

from_standard_input = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)


def new_password(*, from_stdin: bool) -> str:
    """The password that is given. Raises WrongUsage where an account cannot have it."""
    return usable(_read() if from_stdin else _ask())


def usable(password: str) -> str:
    """The password as it is. Raises WrongUsage where an account cannot have it."""
    require_text("the password", password)
    if len(password) < SHORTEST:
        raise WrongUsage(f"the password needs at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise WrongUsage(f"the password has more than {LONGEST} characters")
    return password


def _read() -> str:
    # A line without an end is no password: no more is read than one can have, in whatever characters.
    line = sys.stdin.buffer.readline(_MOST_BYTES)
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise WrongUsage("the password on standard input is not UTF-8") from None


def _ask() -> str:
    if not sys.stdin.isatty():
        raise WrongUsage("there is no terminal to ask for the password on; give it with --password-stdin")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
