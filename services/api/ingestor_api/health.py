"""Which durable ways work, looked at in the background so that a probe never waits."""

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Final

import asyncpg
import structlog
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from ingestor_api.breaker import Breaker, State
from ingestor_api.settings import ApiSettings
from ingestor_common.store.errors import in_words
from ingestor_common.store.pool import Pool

log = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 2.0
STUCK_SECONDS: Final = 30.0

UP: Final = "up"
NOT_USED: Final = "not used"
_DOWN: Final = "down: "
READ_ONLY: Final = f"{_DOWN}the database only reads; it is a standby, or set to default_transaction_read_only"


class Health:
    """`live` and `ready` may be asked from any thread. No request uses `pool`: busy connections say nothing.

    While the database only reads, `others` are made anew too: what never writes would not notice, and go on reading
    from a server that others have left.
    """

    def __init__(
        self, settings: ApiSettings, breaker: Breaker | None, pool: Pool, others: Collection[Pool] = ()
    ) -> None:
        self._breaker = breaker
        self._pool = pool
        self._others = others
        self._direct_is_used = (
            breaker is None
            or settings.kafka_fallback == "direct"
            or settings.kafka_rollout_percent < 100
            or bool(settings.kafka_event_types)
        )
        self._database = "not looked at yet"
        self._error = ""
        """What the last look failed with, in the driver's words."""
        self._leaving = False
        self._beat = time.monotonic()
        self._task = asyncio.create_task(self._watch())

    def paths(self) -> Mapping[str, str]:
        """The two ways, each `up`, `not used`, or what is wrong with it."""
        return {"kafka": self._kafka(), "direct": self._database if self._direct_is_used else NOT_USED}

    def sees(self) -> dict[str, str]:
        """What it sees of its database, also while that is no durable way: `up`, `down: ` and what is wrong, or that it
        has not been looked at."""
        return {"database": self._database}

    def leave(self) -> None:
        """Not ready from now on, whatever works: no new client shall come."""
        self._leaving = True

    def ready(self) -> str | None:
        """None while at least one way works and the service stays, else what is wrong."""
        if self._leaving:
            return "draining: this process is about to stop; it serves what still comes"
        paths = self.paths()
        if UP in paths.values():
            return None
        return "no durable path works: " + "; ".join(f"{name}: {state}" for name, state in paths.items())

    def live(self) -> str | None:
        """None while the event loop turns."""
        silent = time.monotonic() - self._beat
        return None if silent < STUCK_SECONDS else f"the event loop has been stuck for {silent:.0f} s"

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    def _kafka(self) -> str:
        if self._breaker is None:
            return NOT_USED
        return UP if self._breaker.state is not State.OPEN else "down: the circuit breaker is open"

    async def _watch(self) -> None:
        while True:
            self._beat = time.monotonic()
            before, self._database = self._database, await self._look()
            self._report(before)
            if READ_ONLY in (before, self._database):
                await self._renew()
            await asyncio.sleep(CHECK_SECONDS)

    def _report(self, before: str) -> None:
        """Once when an outage begins, and once when it ends."""
        was_down, is_down = before.startswith(_DOWN), self._database.startswith(_DOWN)
        if is_down and not was_down:
            log.warning("the database cannot be used", state=self._database, error=self._error)
        elif was_down and not is_down:
            log.info("the database can be used again")

    async def _renew(self) -> None:
        for pool in (self._pool, *self._others):
            await pool.expire_connections()

    async def _look(self) -> str:
        self._error = ""
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._pool.acquire() as connection:
                await connection.execute("SELECT FROM events LIMIT 0")
                if await connection.fetchval("SELECT current_setting('transaction_read_only')::bool"):
                    return READ_ONLY
        except asyncpg.UndefinedTableError:
            return f"{_DOWN}the database has no schema yet; run: ingestor-admin migrate"
        except Exception as error:
            # Whatever it is, the next look must still happen.
            self._error = str(error)
            return f"{_DOWN}{in_words(error)}"
        return UP


router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Whether the process is alive")
async def healthz() -> JSONResponse:
    return JSONResponse({"status": "ok"})


@router.get("/readyz", summary="Whether at least one durable path works, and which")
async def readyz(request: Request) -> JSONResponse:
    health: Health = request.app.state.runtime.health
    fault = health.ready()
    if fault is None:
        return JSONResponse({"status": "ok", "paths": dict(health.paths())})
    body = {"error": fault, "request_id": request.scope["trace"].request_id, "paths": dict(health.paths())}
    return JSONResponse(body, 503)
