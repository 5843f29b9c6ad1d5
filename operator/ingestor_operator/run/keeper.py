"""One loop for each resource: reconcile, wait for the interval or for something to happen, again."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Protocol

import structlog
from httpx2 import HTTPError

from ingestor_operator.reconcile import Result
from ingestor_operator.run.backoff import Backoff

log = structlog.get_logger(__name__)

SETTLE = 0.1
"""Seconds for which further news of the same thing are waited for."""
Key = tuple[str, str]
"""Namespace and name of a resource."""


class Reconciles(Protocol):
    """What the loops run: a Reconciler."""

    async def reconcile(self, namespace: str, name: str) -> Result: ...
    def forget(self, namespace: str, name: str, uid: str) -> None: ...


class Keeper:
    """Runs the loops and wakes them."""

    def __init__(self, reconciler: Reconciles) -> None:
        self._reconciler = reconciler
        self._loops: dict[Key, _Loop] = {}
        self._last: dict[tuple[str, ...], object] = {}
        self._closed = False

    def begin(self, namespace: str, name: str, uid: str) -> None:
        """Keep the resource from now on, if it is not kept already; one of the same name before it is let go."""
        key = (namespace, name)
        running = self._loops.get(key)
        if self._closed or (running and running.uid == uid):
            return
        before = self._let_go(key)
        loop = self._loops[key] = _Loop(uid)
        loop.begin(self._keep(key, loop, before))

    def notice(self, namespace: str, name: str, source: tuple[str, ...], content: object) -> None:
        """Wake the resource's loop if the source's content is not what it was.

        The content leaves out what the operator itself writes all the time: a status that wakes the loop that
        wrote it would never rest.
        """
        if self._last.get(source) != content:
            self._last[source] = content
            if loop := self._loops.get((namespace, name)):
                loop.wake()

    def forget(self, source: tuple[str, ...]) -> None:
        """Drop what is remembered of a source that is gone."""
        self._last.pop(source, None)

    def gone(self, namespace: str, name: str, uid: str) -> None:
        """End the loop of a resource that is gone, after the round that it is in."""
        running = self._loops.get((namespace, name))
        if running and running.uid == uid:
            self._let_go((namespace, name))

    async def close(self) -> None:
        """End all loops at once, in the middle of a round too, and begin none: the next operator finds what is left."""
        self._closed = True
        loops = list(self._loops.values())
        self._loops.clear()
        for loop in loops:
            await loop.cancelled()

    def _let_go(self, key: Key) -> "_Loop | None":
        loop = self._loops.pop(key, None)
        if loop:
            loop.end()
        return loop

    async def _keep(self, key: Key, loop: "_Loop", before: "_Loop | None") -> None:
        if before:
            # Two rounds of one name would mistake each other's objects.
            await before.ended()
        backoff = Backoff()
        try:
            while not loop.stopped:
                # News from before the round are in it.
                loop.heard()
                result = await self._once(*key)
                if result.gone:
                    break
                backoff = backoff.failed() if result.failed else backoff.succeeded()
                await loop.sleep(_delay(result, backoff), deaf=result.deaf)
        finally:
            # Of one that vanished while nobody watched no event tells.
            if self._loops.get(key) is loop:
                del self._loops[key]
            self._reconciler.forget(*key, loop.uid)

    async def _once(self, namespace: str, name: str) -> Result:
        try:
            return await self._reconciler.reconcile(namespace, name)
        except HTTPError as error:
            log.warning("Kubernetes not reached", namespace=namespace, name=name, error=str(error))
        except Exception:
            # One resource that breaks the operator's assumptions must not end the loops of the others.
            log.exception("reconcile failed", namespace=namespace, name=name)
        return Result(failed=True)


class _Loop:
    """The task that keeps one resource, and what wakes and ends it."""

    def __init__(self, uid: str) -> None:
        self.uid = uid
        self._news, self._end = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def stopped(self) -> bool:
        """Whether no further round is to begin."""
        return self._end.is_set()

    def begin(self, rounds: Coroutine[Any, Any, None]) -> None:
        """Run the rounds."""
        self._task = asyncio.create_task(rounds)

    def wake(self) -> None:
        """Something happened."""
        self._news.set()

    def heard(self) -> None:
        """What happened until now is known."""
        self._news.clear()

    def end(self) -> None:
        """No further round."""
        self._end.set()
        self._news.set()

    async def sleep(self, seconds: float | None, *, deaf: bool) -> None:
        """Wait for the time, or for news unless `deaf` to them, or for the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                if deaf:
                    await self._end.wait()
                await self._news.wait()
                await asyncio.sleep(SETTLE)

    async def ended(self) -> None:
        """Return once the rounds are over."""
        if self._task:
            await asyncio.wait([self._task])

    async def cancelled(self) -> None:
        """End in the middle of a round."""
        if self._task:
            self._task.cancel()
            await self.ended()


def _delay(result: Result, backoff: Backoff) -> float | None:
    """Seconds until the next round; a failure is retried later and later, but no later than a round is due."""
    due = result.again.total_seconds() if result.again else None
    if not result.failed:
        return due
    return backoff.delay() if due is None else min(backoff.delay(), due)
