"""Connections to Postgres, kept and shared. What leads to a server that cannot be written to is made anew."""

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

from ingestor_common.store.connecting import Connector, OwnConnection
from ingestor_common.store.errors import is_of_pooler, is_stale
from ingestor_common.store.stalls import StallWatch

# The classes are generic for type checkers only.
Connection: TypeAlias = "OwnConnection | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
if TYPE_CHECKING:
    _Pool = asyncpg.Pool[asyncpg.Record]
    _Context = PoolAcquireContext[asyncpg.Record]
else:
    _Pool, _Context = asyncpg.Pool, PoolAcquireContext

RELEASE_SECONDS: Final = 2.0
"""How long the server may take to confirm that a statement was cancelled; then its connection is ended."""

_MAX_QUERIES: Final = 50_000
_MAX_IDLE_SECONDS: Final = 300.0


async def open_pool(
    url: str,
    *,
    max_size: int,
    application_name: str,
    command_timeout: float,
    statement_timeout: float | None = None,
    settings: Mapping[str, str] | None = None,
) -> Pool:
    """A pool that connects when it is first used, so that a service starts while Postgres is down.

    `command_timeout` (seconds) ends a statement from this side, `statement_timeout` (seconds) on the server's, which
    with a pooler in front of it does not. `settings` are the server's, for what only reads: with a pooler they are set
    in a transaction that lasts as long as a connection is in use.
    """
    of_session = dict(settings or {})
    if statement_timeout is not None:
        of_session["statement_timeout"] = str(int(statement_timeout * 1000))
    pool = StorePool(
        Connector(url, application_name, of_session, command_timeout), max_size, of_transaction=dict(settings or {})
    )
    return await pool


def is_pooled(pool: Pool) -> bool:
    """Whether a pooler is in front of the server, so that temporary tables may be another session's."""
    return isinstance(pool, StorePool) and bool(pool.connector.is_pooled)


class PoolBusy(TimeoutError):
    """No connection has become free in time: all that the pool may have are at others' statements."""


class StorePool(_Pool):
    """A pool whose connections are all replaced once one of them turns out to lead to a server that only reads."""

    __slots__ = ("connector", "of_transaction", "stalls")

    def __init__(self, connector: Connector, max_size: int, of_transaction: Mapping[str, str]) -> None:
        super().__init__(
            min_size=0,
            max_size=max_size,
            max_queries=_MAX_QUERIES,
            max_inactive_connection_lifetime=_MAX_IDLE_SECONDS,
            connect=self._new,
            init=_prepare,
            reset=_keep,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
        )
        self.connector: Final = connector
        self.of_transaction: Final = of_transaction
        self.stalls: Final = StallWatch(connector)

    def acquire(self, *, timeout: float | None = None) -> "Acquisition":
        """A connection, for `async with`; it may take `timeout` seconds until one is free."""
        return Acquisition(self, timeout)

    def terminate(self) -> None:
        """End all connections at once."""
        self.stalls.stop()
        super().terminate()

    @property
    def is_busy(self) -> bool:
        """Whether all connections that it may have are made, and in use."""
        return self.get_size() == self.get_max_size() and self.get_idle_size() == 0

    async def _new(self, *_: object, **__: object) -> OwnConnection:
        return await self.connector.connect()


class Acquisition(_Context):
    """A connection in use."""

    __slots__ = ("_own", "_transaction")

    async def __aenter__(self) -> "PoolConnectionProxy[asyncpg.Record]":
        try:
            connection = await super().__aenter__()
        except TimeoutError:
            if self._store.is_busy:
                raise PoolBusy from None
            raise
        self._own: OwnConnection = connection._con  # type: ignore[attr-defined]
        self._store.stalls.hold(self._own)
        self._transaction: Any = None
        if self._store.of_transaction and self._store.connector.is_pooled:
            try:
                await self._begin(connection)
            except BaseException as error:
                await self.__aexit__(type(error), error, None)
                raise
        return connection

    async def __aexit__(self, *exc: object) -> None:
        try:
            if self._transaction is not None:
                await self._transaction.__aexit__(*exc)
        finally:
            await self._release(exc[1] if len(exc) > 1 else None)

    @property
    def _store(self) -> StorePool:
        assert isinstance(self.pool, StorePool)  # noqa: S101  it alone makes these
        return self.pool

    async def _begin(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        transaction = connection.transaction(readonly=True)
        await transaction.__aenter__()
        self._transaction = transaction
        statements = (f"SET LOCAL {name} = '{value}'" for name, value in self._store.of_transaction.items())
        await connection.execute("; ".join(statements))

    async def _release(self, error: object) -> None:
        self._store.stalls.release(self._own)
        if isinstance(error, BaseException) and is_stale(error):
            await self._store.expire_connections()
            if is_of_pooler(error):
                self._store.connector.is_pooled = None
        connection, self.connection, self.done = self.connection, None, True
        assert connection is not None  # noqa: S101  it was entered
        # What was committed is; a connection that cannot be released is ended, and the next user gets another.
        with contextlib.suppress(Exception):
            await self.pool.release(connection, timeout=RELEASE_SECONDS)


async def _prepare(connection: Connection) -> None:
    # Identifiers travel as text: nothing here computes with them, and building UUID objects costs more than it gives.
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")


async def _keep(connection: Connection) -> None:
    """Leave a released connection as it is: nothing here changes a session for longer than a transaction, and asyncpg's
    own reset costs a round trip, and resets through a pooler what the pooler has set."""
