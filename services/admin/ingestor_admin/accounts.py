"""`ingestor-admin user list`, `disable`, `enable`, `set-role` and `set-password`."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import click

from ingestor_admin.database import connected
from ingestor_admin.failures import Failure, plain_failures, require_text, settings
from ingestor_admin.password_input import from_standard_input, new_password
from ingestor_admin.settings import AdminSettings
from ingestor_admin.table import table
from ingestor_admin.users import create_user_command
from ingestor_common.counted_nouns import counted_noun
from ingestor_common.passwords import hash_password
from ingestor_common.store import users
from ingestor_common.store.pool import Connection
from ingestor_common.store.users import Role, User

_TITLES = ("address", "name", "role", "state", "created", "id")
_ENDED = "tokens from before end within a minute"

Change = Callable[[Connection, str], Awaitable[bool]]
"""Changes the account of this id; whether there was anything to change."""


@click.group("user")
def user_group() -> None:
    """Look at the accounts of the HTTP API, and change them. ACCOUNT is an address, or an id as listed."""


user_group.add_command(create_user_command, "create")


@user_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="The first so many.")
def list_command(as_json: bool, limit: int) -> None:
    """List the accounts in the order of their addresses."""
    chosen = settings()
    with plain_failures(chosen):
        found, count = asyncio.run(_list(chosen, limit))
    if as_json:
        click.echo(json.dumps({"accounts": [_fields(user) for user in found], "count": count}, indent=2))
        return
    if found:
        click.echo(table(_TITLES, [_row(user) for user in found]))
    click.echo(f"{counted_noun(count, 'account')}, {len(found)} shown")


@user_group.command("disable")
@click.argument("account")
def disable_command(account: str) -> None:
    """Let nobody log in to the account any more; its tokens end within a minute, on every process of the API."""
    user, changed = _change(account, users.disable)
    click.echo(f"disabled {user.email}; {_ENDED}" if changed else f"{user.email} is disabled already")


@user_group.command("enable")
@click.argument("account")
def enable_command(account: str) -> None:
    """Take `disable` back. Tokens from before stay ended: log in again."""
    user, changed = _change(account, users.enable)
    click.echo(f"enabled {user.email}" if changed else f"{user.email} is enabled already")


@user_group.command("set-role")
@click.argument("account")
@click.argument("role", type=click.Choice(["writer", "reader"]))
def set_role_command(account: str, role: Role) -> None:
    """Make the account a writer, which sends events, or a reader, which reads reports."""

    async def change(connection: Connection, user_id: str) -> bool:
        return await users.set_role(connection, user_id, role)

    user, changed = _change(account, change)
    click.echo(f"{user.email} is a {role} now; {_ENDED}" if changed else f"{user.email} is a {role} already")


@user_group.command("set-password")
@click.argument("account")
@from_standard_input
def set_password_command(account: str, password_stdin: bool) -> None:
    """Give the account another password, which is asked for. Tokens from before end too."""
    password_hash = hash_password(new_password(from_stdin=password_stdin))

    async def change(connection: Connection, user_id: str) -> bool:
        return await users.set_password(connection, user_id, password_hash)

    user, _ = _change(account, change)
    click.echo(f"{user.email} has another password now; {_ENDED}")


def _change(account: str, change: Change) -> tuple[User, bool]:
    """The account as it was, and whether there was anything to change."""
    chosen = settings()
    require_text("ACCOUNT", account)
    with plain_failures(chosen):
        return asyncio.run(_find_and_change(chosen, account, change))


async def _find_and_change(settings: AdminSettings, account: str, change: Change) -> tuple[User, bool]:
    async with connected(settings) as connection:
        user = await users.find_user(connection, account) or await users.find_user_by_id(connection, account)
        if user is None:
            raise Failure(f"there is no account {account!r}; see: ingestor-admin user list")
        return user, await change(connection, user.user_id)


async def _list(settings: AdminSettings, limit: int) -> tuple[Sequence[User], int]:
    async with connected(settings) as connection:
        return await users.list_users(connection, limit)


def _row(user: User) -> tuple[str | None, ...]:
    created = None if user.created_at is None else f"{user.created_at:%Y-%m-%d %H:%M}"
    return (_visible(user.email), _visible(user.name), user.role, _state(user), created, user.user_id)


def _fields(user: User) -> dict[str, Any]:
    return {
        "id": user.user_id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "state": _state(user),
        "created_at": None if user.created_at is None else user.created_at.isoformat(),
    }


def _state(user: User) -> str:
    if user.is_disabled:
        return "disabled"
    return "address of another" if user.is_shadowed else "active"


def _visible(text: str) -> str:
    """What whoever signed up has written, without what would steer a terminal."""
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
