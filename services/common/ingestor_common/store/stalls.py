"""Ends connections that wait for a server which is not the one that answers under the address any more.

A server that is suspended, or cut off, closes nothing: who waits for it would do so until the statement's own timeout,
long after another server has taken over.
"""

import asyncio
import contextlib
from typing import Final

from ingestor_common.store.connecting import Connector, OwnConnection

STALL_SECONDS: Final = 3.0
"""How long a connection may be in use before it is asked for. Most are for milliseconds."""

_AGAIN_SECONDS: Final = 1.0
_BACKENDS: Final = "SELECT pid FROM pg_stat_activity WHERE application_name = $1"


class StallWatch:
    """Looks after the connections in use of one pool, with one more connection while some are for long."""

    def __init__(self, connector: Connector) -> None:
        self._connector: Final = connector
        self._held: Final[dict[OwnConnection, float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.Task[None] | None = None

    def hold(self, connection: OwnConnection) -> None:
        """The connection is in use from now on."""
        self._held[connection] = asyncio.get_running_loop().time()
        if self._timer is None and self._look is None:
            self._look_after(STALL_SECONDS)

    def release(self, connection: OwnConnection) -> None:
        """The connection is not in use any more."""
        self._held.pop(connection, None)

    def stop(self) -> None:
        """Look no more."""
        self._held.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._look is not None:
            self._look.cancel()

    def _look_after(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._start)

    def _start(self) -> None:
        self._timer = None
        if self._overdue():
            self._look = asyncio.get_running_loop().create_task(self._end_stalled())
            self._look.add_done_callback(self._go_on)
        elif self._held:
            self._look_after(_AGAIN_SECONDS)

    def _go_on(self, look: "asyncio.Task[None]") -> None:
        self._look = None
        if self._held:
            self._look_after(_AGAIN_SECONDS)

    def _overdue(self) -> list[OwnConnection]:
        latest = asyncio.get_running_loop().time() - STALL_SECONDS
        return [connection for connection, since in self._held.items() if since <= latest]

    async def _end_stalled(self) -> None:
        # A pooler's server connections are its own concern, and their process ids are not told.
        if self._connector.is_pooled is not False:
            return
        asked = self._overdue()
        # No server answers: then there is none that has taken over.
        with contextlib.suppress(Exception):
            backends = await self._backends()
            for connection in asked:
                if connection in self._held and connection.get_server_pid() not in backends:
                    connection.terminate()

    async def _backends(self) -> set[int]:
        connection = await self._connector.connect_plainly()
        try:
            return {row["pid"] for row in await connection.fetch(_BACKENDS, self._connector.application_name)}
        finally:
            connection.terminate()
