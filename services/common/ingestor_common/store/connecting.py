"""Makes connections: to that host of a list which serves, and through a pooler such as PgBouncer."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import asyncpg

from ingestor_common.database_url import parse

OwnConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# A connection attempt that hangs (a host that is gone) must not hold a request for asyncpg's 60 s.
CONNECT_TIMEOUT_SECONDS: Final = 5.0
_SHORTEST_TIMEOUT_SECONDS: Final = 1.0

_NEXT_HOST: Final = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TargetServerAttributeNotMatched,
)
_PARAMETER: Final = "startup parameter"


class Connector:
    """Connects to `url`; `settings` are those that the session begins with, beside its name and its time zone.

    A pooler takes no other settings at the start, and may give each transaction to another server connection, so
    nothing is prepared there for later. One is recognised by the process id that it sends for the server's.
    """

    def __init__(
        self, url: str, application_name: str, settings: Mapping[str, str], command_timeout: float | None
    ) -> None:
        addresses, parameters = parse(url)
        self._url: Final = url
        self._is_list: Final = len(addresses) > 1 and parameters.target_session_attrs != "prefer-standby"
        self._names: Final = (parameters.user, parameters.database)
        self._addresses: Final = [address for address in addresses if not isinstance(address, str)]
        self._preferred = 0
        self._command_timeout: Final = command_timeout
        self._settings: Final = dict(settings)
        self.application_name: Final = application_name
        self.is_pooled: bool | None = None
        """Whether a pooler is in front; None until the first connection has told."""

    async def connect(self) -> OwnConnection:
        """A connection. Raises what asyncpg raises; where the server refuses the login, in words without names."""
        if self.is_pooled is None:
            connection = await self.connect_plainly()
            self.is_pooled = await _is_pooled(connection)
            if self.is_pooled:
                return connection
            connection.terminate()
        if self.is_pooled:
            return await self.connect_plainly()
        try:
            return await self._reach(self._settings, {})
        except asyncpg.ProtocolViolationError:
            self.is_pooled = None
            raise

    async def connect_plainly(self) -> OwnConnection:
        """A connection that works through a pooler too, at the cost of planning each statement anew."""
        return await self._reach({}, {"statement_cache_size": 0})

    async def _reach(self, settings: Mapping[str, str], options: Mapping[str, Any]) -> OwnConnection:
        options = {
            "command_timeout": self._command_timeout,
            "server_settings": {"application_name": self.application_name, "timezone": "UTC", **settings},
            **options,
        }
        try:
            return await self._first_that_serves(options)
        except asyncpg.PostgresError as error:
            raise _without_names(error, self._names) from None

    async def _first_that_serves(self, options: Mapping[str, Any]) -> OwnConnection:
        if not (self._is_list and self._addresses):
            return await asyncpg.connect(self._url, timeout=CONNECT_TIMEOUT_SECONDS, **options)
        # The driver has one timeout for the whole list: a first host that hangs would use it up each time.
        count = len(self._addresses)
        timeout = max(_SHORTEST_TIMEOUT_SECONDS, CONNECT_TIMEOUT_SECONDS / count)
        last: Exception | None = None
        for index in [(self._preferred + step) % count for step in range(count)]:
            host, port = self._addresses[index]
            try:
                connection: OwnConnection = await asyncpg.connect(
                    self._url, host=host, port=port, timeout=timeout, **options
                )
            except _NEXT_HOST as error:
                last = error
                continue
            self._preferred = index
            return connection
        raise last or ConnectionError("no host")


async def _is_pooled(connection: OwnConnection) -> bool:
    try:
        return bool(await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid())
    except BaseException:
        connection.terminate()
        raise


def _without_names(error: asyncpg.PostgresError, names: tuple[str, ...]) -> asyncpg.PostgresError:
    """The same error in words that repeat nothing of the URL: a wrong one may have the password where its user or its
    database should be. The server's log has the names."""
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return type(error)(
            "the server refuses the user or the password of DATABASE_URL, or the client's address (pg_hba.conf); that"
            " server's log says why"
        )
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return type(error)("the server has no such database as DATABASE_URL names; make it, or name another")
    if isinstance(error, asyncpg.ProtocolViolationError) and _PARAMETER not in str(error):
        return type(error)(
            "the pooler refuses the user, the password or the database of DATABASE_URL; the pooler's log says why"
        )
    # No right to connect, too many connections, a database that takes none: each names the database or the user. One
    # that starts does not, though what it says may have a word that is somebody's name.
    if not isinstance(error, asyncpg.CannotConnectNowError) and any(name in str(error) for name in names):
        return type(error)("the server refuses the connection that DATABASE_URL asks for; that server's log says why")
    return error
