"""`ingestor-admin create-user`."""

import asyncio
import sys
from typing import Final

import click

from ingestor_admin.database import connected
from ingestor_admin.failures import Failure, WrongUsage, plain_failures, settings
from ingestor_admin.settings import AdminSettings
from ingestor_common.passwords import hash_password
from ingestor_common.store.users import EmailTaken, Role, User, create_user

SHORTEST_PASSWORD: Final = 6


@click.command("create-user")
@click.option("--email", required=True, help="The address to log in with.")
@click.option("--name", required=True, help="The person's or the app's name.")
@click.option("--role", required=True, type=click.Choice(["writer", "reader"]), help="writer sends, reader reads.")
@click.option("--password", help="Visible to others on this machine; better --password-stdin.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def create_user_command(email: str, name: str, role: Role, password: str | None, password_stdin: bool) -> None:
    """Make an account for the HTTP API. Asks for the password where no option gives it."""
    chosen = settings()
    if password is not None and password_stdin:
        raise WrongUsage("give --password or --password-stdin, not both")
    if "@" not in email.strip("@"):
        raise WrongUsage(f"--email: {email!r} is not an e-mail address")
    if not name.strip():
        raise WrongUsage("--name must not be empty")
    password = _read_password() if password_stdin else password or _ask_password()
    if len(password) < SHORTEST_PASSWORD:
        raise WrongUsage(f"the password needs at least {SHORTEST_PASSWORD} characters")
    with plain_failures(chosen):
        user = asyncio.run(_create(chosen, email, name.strip(), role, hash_password(password)))
    click.echo(f"created {user.role} {user.email} ({user.user_id})")


async def _create(settings: AdminSettings, email: str, name: str, role: Role, password_hash: str) -> User:
    async with connected(settings) as connection:
        try:
            return await create_user(connection, email=email, name=name, role=role, password_hash=password_hash)
        except EmailTaken:
            raise Failure(f"an account with the address {email} exists already") from None


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _ask_password() -> str:
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
