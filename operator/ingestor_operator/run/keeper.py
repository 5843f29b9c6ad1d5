"""One loop for each resource: reconcile, wait for the interval or for something to happen, again."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Protocol

import structlog
from httpx2 import HTTPError

from ingestor_operator.kubernetes.refusal import api_fault
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
        self._ending: set[_Loop] = set()
        """Loops that are let go and may be in their last round."""
        self._last: dict[tuple[str, ...], object] = {}
        self._closed = False

    def begin(self, namespace: str, name: str, uid: str) -> None:
        """Keep the resource from now on, if it is not kept already; one of the same name before it is let go."""
        key = (namespace, name)
        running = self._loops.get(key)
        if self._closed or (running and running.uid == uid):
            return
        self._let_go(key)
        before = [loop for loop in self._ending if loop.key == key]
        loop = self._loops[key] = _Loop(key, uid)
        loop.begin(self._keep(loop, before))

    def notice(
        self, namespace: str, name: str, source: tuple[str, ...], content: object, *, owned: bool = False
    ) -> None:
        """Wake the resource's loop if the source's content is not what it was; `owned` says that it is an object of the
        resource's, and not the resource itself.

        The content leaves out what the operator itself writes all the time: a status that wakes the loop that
        wrote it would never rest.
        """
        if self._last.get(source) != content:
            self._last[source] = content
            if loop := self._loops.get((namespace, name)):
                loop.wake(owned=owned)

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
        loops = [*self._loops.values(), *self._ending]
        self._loops.clear()
        # All first, and then wait: while one ends, the others would go on with what is another operator's by now.
        for loop in loops:
            loop.cancel()
        for loop in loops:
            await loop.ended()

    def _let_go(self, key: Key) -> None:
        if loop := self._loops.pop(key, None):
            loop.end()
            self._ending.add(loop)

    async def _keep(self, loop: "_Loop", before: "list[_Loop]") -> None:
        try:
            for other in before:
                # Two rounds of one name would mistake each other's objects.
                await other.ended()
            await self._rounds(loop)
        finally:
            self._ending.discard(loop)
            # Of one that vanished while nobody watched no event tells.
            if self._loops.get(loop.key) is loop:
                del self._loops[loop.key]
            self._reconciler.forget(*loop.key, loop.uid)

    async def _rounds(self, loop: "_Loop") -> None:
        backoff = Backoff()
        while not loop.stopped:
            # Events from before the round are in it.
            loop.heard()
            result = await self._once(*loop.key)
            if result.gone:
                break
            backoff = backoff.failed() if result.failed else backoff.succeeded()
            await loop.sleep(_delay(result, backoff), ignore_owned=result.ignore_owned)

    async def _once(self, namespace: str, name: str) -> Result:
        try:
            return await self._reconciler.reconcile(namespace, name)
        except HTTPError as error:
            log.warning("Kubernetes not reached", namespace=namespace, name=name, error=api_fault(error))
        except Exception:
            # One resource that breaks the operator's assumptions must not end the loops of the others.
            log.exception("reconcile failed", namespace=namespace, name=name)
        return Result(failed=True)


class _Loop:
    """The task that keeps one resource, and what wakes and ends it."""

    def __init__(self, key: Key, uid: str) -> None:
        self.key, self.uid = key, uid
        self._changed, self._anything, self._end = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def stopped(self) -> bool:
        """Whether no further round is to begin."""
        return self._end.is_set()

    def begin(self, rounds: Coroutine[Any, Any, None]) -> None:
        """Run the rounds."""
        self._task = asyncio.create_task(rounds)

    def wake(self, *, owned: bool) -> None:
        """The resource has changed, or an object that it owns."""
        self._anything.set()
        if not owned:
            self._changed.set()

    def heard(self) -> None:
        """What happened until now is known."""
        self._changed.clear()
        self._anything.clear()

    def end(self) -> None:
        """No further round."""
        self._end.set()
        self.wake(owned=False)

    async def sleep(self, seconds: float | None, *, ignore_owned: bool) -> None:
        """Wait for the time, for a change of the resource, or of an owned object unless these are ignored, or for the
        end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await (self._changed if ignore_owned else self._anything).wait()
                await asyncio.sleep(SETTLE)

    async def ended(self) -> None:
        """Return once the rounds are over."""
        if self._task:
            await asyncio.wait([self._task])

    def cancel(self) -> None:
        """End in the middle of a round."""
        if self._task:
            self._task.cancel()


def _delay(result: Result, backoff: Backoff) -> float | None:
    """Seconds until the next round; a failure is retried later and later, but no later than a round is due."""
    due = result.again.total_seconds() if result.again else None
    if not result.failed:
        return due
    return backoff.delay() if due is None else min(backoff.delay(), due)
