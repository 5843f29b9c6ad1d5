"""`ingestor-admin create-user`, which is `ingestor-admin user create` too."""

import asyncio

import click

from ingestor_admin.database import connected
from ingestor_admin.failures import Failure, WrongUsage, plain_failures, require_text, settings
from ingestor_admin.password_input import from_standard_input, new_password, usable
from ingestor_admin.settings import AdminSettings
from ingestor_common import addresses
from ingestor_common.passwords import hash_password
from ingestor_common.store.users import LONGEST_NAME, EmailTaken, Role, User, create_user


@click.command("create-user")
@click.option("--email", required=True, help="The address to log in with.")
@click.option("--name", required=True, help="The person's or the app's name.")
@click.option("--role", required=True, type=click.Choice(["writer", "reader"]), help="writer sends, reader reads.")
@click.option("--password", help="Visible to others on this machine; better --password-stdin.")
@from_standard_input
def create_user_command(email: str, name: str, role: Role, password: str | None, password_stdin: bool) -> None:
    """Make an account for the HTTP API. Asks for the password where no option gives it."""
    chosen = settings()
    if password is not None and password_stdin:
        raise WrongUsage("give --password or --password-stdin, not both")
    try:
        address = addresses.parse(email)
    except ValueError:
        raise WrongUsage(f"--email: {email!r} is not an e-mail address") from None
    if not 1 <= len(require_text("--name", name).strip()) <= LONGEST_NAME:
        raise WrongUsage(f"--name must have 1-{LONGEST_NAME} characters")
    password_hash = hash_password(usable(password) if password is not None else new_password(from_stdin=password_stdin))
    with plain_failures(chosen):
        user = asyncio.run(_create(chosen, address, name.strip(), role, password_hash))
    click.echo(f"created {user.role} {user.email} ({user.user_id})")


async def _create(settings: AdminSettings, email: str, name: str, role: Role, password_hash: str) -> User:
    async with connected(settings) as connection:
        try:
            return await create_user(connection, email=email, name=name, role=role, password_hash=password_hash)
        except EmailTaken:
            raise Failure(f"an account with the address {email} exists already") from None
