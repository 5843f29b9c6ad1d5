"""Delivers requests: each is sent again until the API has answered it for good, or the run is stopped."""

import asyncio
from random import random
from time import perf_counter

from ingestor_dev.sim.access import Access
from ingestor_dev.sim.connection import Connection, Reply
from ingestor_dev.sim.endpoint import Endpoint
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.retry import Next, decide
from ingestor_dev.sim.tally import Tally

_ANSWER_WITHIN_SEC = 30.0


class Courier:
    """One sender with a connection of its own; use it for one request at a time."""

    def __init__(self, endpoint: Endpoint, access: Access, tally: Tally, stopping: asyncio.Event) -> None:
        self._endpoint = endpoint
        self._access = access
        self._tally = tally
        self._stopping = stopping
        self._connection: Connection | None = None

    async def deliver(self, method: str, path: str, body: bytes) -> Reply | None:
        """The reply that took or refused the request; None when the run was stopped before one came.

        SimulatorError when no request can succeed: wrong credentials, missing scope, no such route.
        """
        attempt = 0
        while (token := await self._token()) is not None:
            reply = await self._answer(self._endpoint.request(method, path, body, token))
            if reply is None:
                return None
            decision = decide(reply.status, reply.retry_after, attempt)
            if decision.next is Next.HOPELESS:
                raise SimulatorError(_hopeless(method, path, reply))
            if decision.next is not Next.LOGIN:
                return reply
            self._access.forget(token)
            attempt += 1
            if await self._stopped_within(decision.delay):
                return None
        return None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def _token(self) -> str | None:
        if self._access.token is not None:
            return self._access.token
        async with self._access.lock:
            if self._access.token is None:
                reply = await self._answer(self._access.login_request(self._endpoint))
                if reply is None:
                    return None
                self._access.take(reply)
            return self._access.token

    async def _answer(self, request: bytes) -> Reply | None:
        """The first reply that does not ask to come again; None when the run was stopped before."""
        attempt = 0
        while True:
            outcome = await self._ask(request)
            if isinstance(outcome, Reply):
                decision = decide(outcome.status, outcome.retry_after, attempt)
                if decision.next is not Next.AGAIN:
                    return outcome
                self._tally.retry(str(outcome.status), f"{outcome.status} {outcome.body.decode(errors='replace')}")
            else:
                # Nobody knows whether the request was taken.
                decision = decide(None, None, attempt)
                self._tally.retry("no answer", str(outcome) or f"no answer within {_ANSWER_WITHIN_SEC:g} s")
            if await self._stopped_within(decision.delay):
                return None
            attempt += 1

    async def _ask(self, request: bytes) -> Reply | OSError:
        """The reply, or why there is none."""
        started = perf_counter()
        self._tally.in_flight += 1
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_SEC):
                if self._connection is None or not self._connection.usable:
                    self._connection = await self._endpoint.connect()
                reply = await self._connection.ask(request)
        except OSError as error:
            self.close()
            return error
        finally:
            self._tally.in_flight -= 1
        if reply.status < 300:
            self._tally.latencies.add(perf_counter() - started)
        return reply

    async def _stopped_within(self, seconds: float) -> bool:
        """Wait so long and up to a fifth more, so that senders do not all come back at once."""
        try:
            async with asyncio.timeout(seconds * (1.0 + 0.2 * random())):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True


def _hopeless(method: str, path: str, reply: Reply) -> str:
    answer = f"the API answered {method} /api{path} with {reply.status}: {reply.body.decode(errors='replace')}"
    advice = "use a user with the WRITE scope" if reply.status == 403 else "check --url"
    return f"{answer}; {advice}"
