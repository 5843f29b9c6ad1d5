"""The loop of one resource wakes for news, and not for what it wrote itself."""

import asyncio
from datetime import timedelta

from ingestor_operator.reconcile import Result
from ingestor_operator.run.keeper import Keeper


class Stop:
    """kopf's flag, in small."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout: float | None = None) -> "asyncio.Future[object]":
        return asyncio.ensure_future(self._event.wait())

    def set(self) -> None:
        self._event.set()


class Counting:
    """A reconciler that counts, and answers as it is told."""

    def __init__(self, *results: Result | Exception) -> None:
        self._results = list(results)
        self.calls = 0
        self.called = asyncio.Event()

    async def reconcile(self, namespace: str, name: str) -> Result:
        self.calls += 1
        self.called.set()
        result = self._results.pop(0) if self._results else Result()
        if isinstance(result, Exception):
            raise result
        return result

    def forget(self, namespace: str, name: str, uid: str) -> None:
        """Nothing is remembered."""


async def next_call(reconciler: Counting) -> None:
    await asyncio.wait_for(reconciler.called.wait(), 5)
    reconciler.called.clear()


async def test_news_wake_it_and_the_same_news_do_not() -> None:
    reconciler, stop = Counting(), Stop()
    keeper = Keeper(reconciler)
    loop = asyncio.create_task(keeper.keep("school", "quiz", stop))
    await next_call(reconciler)
    keeper.notice("school", "quiz", ("resource", "uid"), ("generation", 1))
    await next_call(reconciler)
    keeper.notice("school", "quiz", ("resource", "uid"), ("generation", 1))
    keeper.notice("school", "other", ("resource", "uid2"), ("generation", 1))
    stop.set()
    await asyncio.wait_for(loop, 5)
    assert reconciler.calls == 2


async def test_it_looks_again_after_the_interval() -> None:
    reconciler, stop = Counting(Result(again=timedelta(milliseconds=10))), Stop()
    loop = asyncio.create_task(Keeper(reconciler).keep("school", "quiz", stop))
    await next_call(reconciler)
    await next_call(reconciler)
    stop.set()
    await asyncio.wait_for(loop, 5)


async def test_what_is_refused_is_tried_again_no_later_than_a_round_is_due() -> None:
    refused = Result(failed=True, again=timedelta(milliseconds=10))
    reconciler, stop = Counting(*[refused] * 20), Stop()
    loop = asyncio.create_task(Keeper(reconciler).keep("school", "quiz", stop))
    for _ in range(12):
        # The backoff alone would be a minute by now.
        await next_call(reconciler)
    stop.set()
    await asyncio.wait_for(loop, 5)


async def test_news_of_what_nobody_keeps_are_forgotten() -> None:
    keeper = Keeper(Counting())
    keeper.notice("school", "nobody", ("owned", "uid"), 1)
    assert keeper._news == {}


async def test_an_exception_is_retried_and_does_not_end_the_loop() -> None:
    reconciler, stop = Counting(ValueError("unexpected"), Result()), Stop()
    loop = asyncio.create_task(Keeper(reconciler).keep("school", "quiz", stop))
    await next_call(reconciler)
    await next_call(reconciler)
    stop.set()
    await asyncio.wait_for(loop, 5)
    assert reconciler.calls == 2
