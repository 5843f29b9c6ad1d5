"""What the commands for accounts take, before any database is asked."""

import pytest
from click.testing import CliRunner, Result

from ingestor_admin.main import main

ACCOUNT = "ada@school.example"
NEW = ("create-user", "--email", ACCOUNT, "--name", "Ada", "--role", "reader")


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(main, arguments, input=given)


@pytest.mark.parametrize("command", ["disable", "enable", "set-role", "set-password"])
def test_no_option_or_argument_takes_a_password(command: str) -> None:
    shown = run("user", command, "--help").stdout
    assert "--password " not in shown
    assert "PASSWORD" not in shown


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short\n", "the password needs at least 6 characters"),
        ("", "the password needs at least 6 characters"),
        ("x" * 1025, "the password has more than 1024 characters"),
        ("x" * 100_000, "the password has more than 1024 characters"),
        # Latin-1, as an old terminal sends it.
        (b"gro\xdfes Pferd\n", "the password on standard input is not UTF-8"),
    ],
    ids=["short", "none", "long", "endless", "latin-1"],
)
def test_a_password_that_no_account_can_have_is_refused(password: str | bytes, words: str) -> None:
    for arguments in (("user", "set-password", ACCOUNT), NEW):
        refused = run(*arguments, "--password-stdin", given=password)
        assert (refused.exit_code, refused.stderr) == (2, f"Error: {words}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "disable", "ada\udcff@school.example"),
        ("user", "set-role", "ada\udcff@school.example", "reader"),
        (*NEW, "--name", "\udcff", "--password", "test123"),
        (*NEW, "--password", "test123\udcff"),
        (*NEW, "--email", "ada@school\udcff.example"),
    ],
)
def test_bytes_that_are_no_text_are_refused_in_one_line(arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_name_that_no_account_can_have_is_refused(name: str) -> None:
    refused = run(*NEW, "--name", name, "--password", "test123")
    assert (refused.exit_code, refused.stderr) == (2, "Error: --name must have 1-200 characters\n")


def test_an_empty_password_is_one_that_is_too_short() -> None:
    refused = run(*NEW, "--password", "")
    assert (refused.exit_code, refused.stderr) == (2, "Error: the password needs at least 6 characters\n")


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "99999999999999999999"])
def test_a_limit_that_cannot_be_is_refused(limit: str) -> None:
    assert run("user", "list", "--limit", limit).exit_code == 2


def test_a_role_that_does_not_exist_is_refused() -> None:
    refused = run("user", "set-role", ACCOUNT, "admin")
    assert refused.exit_code == 2
    assert "'writer', 'reader'" in refused.stderr
