"""One loop for each resource: reconcile, wait for the interval or for something to happen, again."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

import structlog
from httpx2 import HTTPError

from ingestor_operator.reconcile import Result
from ingestor_operator.run.backoff import Backoff

log = structlog.get_logger(__name__)

SETTLE = 0.1
"""Seconds for which further news of the same thing are waited for."""


class Stopped(Protocol):
    """kopf's flag that tells a daemon to end."""

    def __bool__(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> Awaitable[object]: ...


class Reconciles(Protocol):
    """What the loops run: a Reconciler."""

    async def reconcile(self, namespace: str, name: str) -> Result: ...
    def forget(self, namespace: str, name: str, uid: str) -> None: ...


class Keeper:
    """Runs the loops and wakes them."""

    def __init__(self, reconciler: Reconciles) -> None:
        self._reconciler = reconciler
        self._news: dict[tuple[str, str], asyncio.Event] = {}
        self._last: dict[tuple[str, ...], object] = {}

    def notice(self, namespace: str, name: str, source: tuple[str, ...], content: object) -> None:
        """Wake the resource's loop if the source's content is not what it was.

        The content leaves out what the operator itself writes all the time: a status that wakes the loop that
        wrote it would never rest.
        """
        if self._last.get(source) != content:
            self._last[source] = content
            if news := self._news.get((namespace, name)):
                news.set()

    def forget(self, source: tuple[str, ...]) -> None:
        """Drop what is remembered of a source that is gone."""
        self._last.pop(source, None)

    def gone(self, namespace: str, name: str, uid: str) -> None:
        """Drop what is remembered of a resource that is gone."""
        self._reconciler.forget(namespace, name, uid)

    async def keep(self, namespace: str, name: str, stopped: Stopped) -> None:
        """The loop of one resource, until it is told to stop."""
        # News from before the first round are in it.
        news, backoff = self._news.setdefault((namespace, name), asyncio.Event()), Backoff()
        while not stopped:
            news.clear()
            result = await self._once(namespace, name)
            backoff = backoff.failed() if result.failed else backoff.succeeded()
            await _first_of(stopped, news, _delay(result, backoff))
        self._news.pop((namespace, name), None)

    async def _once(self, namespace: str, name: str) -> Result:
        try:
            return await self._reconciler.reconcile(namespace, name)
        except HTTPError as error:
            log.warning("Kubernetes not reached", namespace=namespace, name=name, error=str(error))
        except Exception:
            # One resource that breaks the operator's assumptions must not end the loops of the others.
            log.exception("reconcile failed", namespace=namespace, name=name)
        return Result(failed=True)


def _delay(result: Result, backoff: Backoff) -> float | None:
    """Seconds until the next round; a failure is retried later and later, but no later than a round is due."""
    due = result.again.total_seconds() if result.again else None
    if not result.failed:
        return due
    return backoff.delay() if due is None else min(backoff.delay(), due)


async def _first_of(stopped: Stopped, news: asyncio.Event, delay: float | None) -> None:
    waits = [asyncio.ensure_future(stopped.wait()), asyncio.ensure_future(_settled(news))]
    try:
        await asyncio.wait(waits, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _settled(news: asyncio.Event) -> None:
    await news.wait()
    await asyncio.sleep(SETTLE)
