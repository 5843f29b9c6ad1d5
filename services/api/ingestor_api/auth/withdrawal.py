"""Tokens of our own that are not taken any more, since their account was disabled or changed after they were issued.

Each process reads the changed accounts again and again, so that no event waits for the database. While that does not
answer, what was read last holds, and a process that has never read it takes every token whose signature is good: events
go on being accepted. See docs/adr/0055-ending-tokens.md.
"""

from collections.abc import Mapping
from typing import Final

from ingestor_api.auth.caller import Caller
from ingestor_api.auth.tokens import LIFETIME_SECONDS
from ingestor_common.store.pool import Connection
from ingestor_common.store.users import token_generations

AGAIN_SECONDS: Final = 5.0
_MARGIN_SECONDS: Final = 3600
"""Clocks differ: an account is looked after for so much longer than its tokens live."""


class Withdrawal:
    """The changed accounts as this process knows them. One instance a process."""

    def __init__(self) -> None:
        self._generations: Mapping[str, int] = {}

    async def look(self, connection: Connection) -> float:
        """Read the accounts; returns the seconds until they should be read again."""
        self._generations = await token_generations(connection, LIFETIME_SECONDS + _MARGIN_SECONDS)
        return AGAIN_SECONDS

    def covers(self, caller: Caller) -> bool:
        """Whether the caller's token is not to be taken any more."""
        generation = caller.token_generation
        return generation is not None and generation < self._generations.get(caller.user_id, 0)
