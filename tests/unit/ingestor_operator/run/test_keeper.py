"""The loop of one resource wakes for news, and not for what it wrote itself."""

import asyncio
from datetime import timedelta

from ingestor_operator.reconcile import Result
from ingestor_operator.run.keeper import SETTLE, Keeper


class Counting:
    """A reconciler that counts, and answers as it is told."""

    def __init__(self, *results: Result | Exception) -> None:
        self._results = list(results)
        self.calls = 0
        self.called = asyncio.Event()
        self.forgotten: list[str] = []

    async def reconcile(self, namespace: str, name: str) -> Result:
        self.calls += 1
        self.called.set()
        result = self._results.pop(0) if self._results else Result()
        if isinstance(result, Exception):
            raise result
        return result

    def forget(self, namespace: str, name: str, uid: str) -> None:
        self.forgotten.append(uid)


class Slow(Counting):
    """A reconciler whose rounds last until they are let go; it knows how many run at once."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.running, self.most = asyncio.Event(), 0, 0

    async def reconcile(self, namespace: str, name: str) -> Result:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await super().reconcile(namespace, name)
            await self.go.wait()
        finally:
            self.running -= 1
        return Result()


async def next_call(reconciler: Counting) -> None:
    await asyncio.wait_for(reconciler.called.wait(), 5)
    reconciler.called.clear()


async def test_news_wake_it_and_the_same_news_do_not() -> None:
    reconciler = Counting()
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "uid")
    await next_call(reconciler)
    keeper.notice("school", "quiz", ("resource", "uid"), ("generation", 1))
    await next_call(reconciler)
    keeper.notice("school", "quiz", ("resource", "uid"), ("generation", 1))
    keeper.notice("school", "other", ("resource", "uid2"), ("generation", 1))
    await asyncio.sleep(3 * SETTLE)
    await keeper.close()
    assert reconciler.calls == 2


async def test_what_is_kept_already_is_not_begun_again() -> None:
    reconciler = Counting()
    keeper = Keeper(reconciler)
    for _ in range(3):
        keeper.begin("school", "quiz", "uid")
        await asyncio.sleep(0)
    await next_call(reconciler)
    await asyncio.sleep(3 * SETTLE)
    await keeper.close()
    assert reconciler.calls == 1


async def test_it_looks_again_after_the_interval() -> None:
    reconciler = Counting(Result(again=timedelta(milliseconds=10)))
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "uid")
    await next_call(reconciler)
    await next_call(reconciler)
    await keeper.close()


async def test_news_do_not_hasten_a_look_that_is_deaf_to_them() -> None:
    reconciler = Counting(
        Result(again=timedelta(milliseconds=10), deaf=True), Result(again=timedelta(hours=1), deaf=True)
    )
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "uid")
    await next_call(reconciler)
    await next_call(reconciler)
    keeper.notice("school", "quiz", ("owned", "uid2"), 1)
    await asyncio.sleep(4 * SETTLE)
    await keeper.close()
    assert reconciler.calls == 2


async def test_what_is_refused_is_tried_again_no_later_than_a_round_is_due() -> None:
    refused = Result(failed=True, again=timedelta(milliseconds=10))
    reconciler = Counting(*[refused] * 20)
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "uid")
    for _ in range(12):
        # The backoff alone would be a minute by now.
        await next_call(reconciler)
    await keeper.close()


async def test_an_exception_is_retried_and_does_not_end_the_loop() -> None:
    reconciler = Counting(ValueError("unexpected"), Result())
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "uid")
    await next_call(reconciler)
    await next_call(reconciler)
    await keeper.close()
    assert reconciler.calls == 2


async def test_what_is_gone_is_forgotten_whether_an_event_told_of_it_or_not() -> None:
    reconciler = Counting(Result(), Result(gone=True))
    keeper = Keeper(reconciler)
    keeper.begin("school", "told", "a")
    await next_call(reconciler)
    keeper.gone("school", "told", "a")
    keeper.begin("school", "untold", "b")
    await next_call(reconciler)
    await asyncio.sleep(3 * SETTLE)
    assert (set(reconciler.forgotten), reconciler.calls) == ({"a", "b"}, 2)


async def test_the_next_of_the_same_name_waits_for_the_round_of_the_last() -> None:
    reconciler = Slow()
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "a")
    await next_call(reconciler)
    keeper.begin("school", "quiz", "b")
    # Told late of the one that was there before.
    keeper.gone("school", "quiz", "a")
    await asyncio.sleep(2 * SETTLE)
    assert reconciler.calls == 1
    reconciler.go.set()
    await next_call(reconciler)
    await keeper.close()
    assert (reconciler.most, reconciler.forgotten) == (1, ["a", "b"])


async def test_closed_it_ends_in_the_middle_of_a_round_and_begins_no_other() -> None:
    reconciler = Slow()
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "a")
    await next_call(reconciler)
    await asyncio.wait_for(keeper.close(), 5)
    keeper.begin("school", "quiz", "b")
    keeper.notice("school", "quiz", ("resource", "b"), 1)
    await asyncio.sleep(2 * SETTLE)
    assert (reconciler.calls, reconciler.running) == (1, 0)
