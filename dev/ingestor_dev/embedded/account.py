"""The operating-system account a server runs under, and which folders that account can enter."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from ingestor_dev.embedded.errors import EmbeddedServerError

_UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """A user and its primary group; supplementary groups are dropped on the change to it."""

    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """The account for servers that refuse to run as root, or None when this process is not root.

    Raises:
        EmbeddedServerError: this process is root and the system has no account `nobody`.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise EmbeddedServerError(
            f"Postgres does not run as root and there is no account {_UNPRIVILEGED!r} to run it under; "
            "add that account, or start as an ordinary user"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def can_enter(folder: Path, account: Account) -> bool:
    """Whether the account may traverse the folder and all its parents, by their permission bits."""
    resolved = folder.resolve()
    return all(_may_traverse(os.stat(step), account) for step in (resolved, *resolved.parents))


def _may_traverse(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
