"""The loop of one resource wakes for news, and not for what it wrote itself."""

import asyncio
from datetime import timedelta
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from unit.ingestor_operator.refusals import timed_out

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

    def __init__(self, *results: Result | Exception) -> None:
        super().__init__(*results)
        self.go, self.running, self.most = asyncio.Event(), 0, 0

    async def reconcile(self, namespace: str, name: str) -> Result:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            result = await super().reconcile(namespace, name)
            await self.go.wait()
        finally:
            self.running -= 1
        return result


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


async def test_events_of_owned_objects_do_not_hasten_a_round_that_ignores_them() -> None:
    reconciler = Counting(
        Result(again=timedelta(milliseconds=10), ignore_owned=True), Result(again=timedelta(hours=1), ignore_owned=True)
    )
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "uid")
    await next_call(reconciler)
    await next_call(reconciler)
    keeper.notice("school", "quiz", ("owned", "uid2"), 1, owned=True)
    await asyncio.sleep(4 * SETTLE)
    assert reconciler.calls == 2
    # The resource itself is always heard.
    keeper.notice("school", "quiz", ("resource", "uid"), ("generation", 2))
    await next_call(reconciler)
    await keeper.close()


async def test_a_change_of_the_resource_during_a_round_is_heard_also_where_owned_objects_are_ignored() -> None:
    reconciler = Slow(Result(again=timedelta(hours=1), ignore_owned=True))
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "uid")
    await next_call(reconciler)
    keeper.notice("school", "quiz", ("owned", "uid2"), 1, owned=True)
    keeper.notice("school", "quiz", ("resource", "uid"), ("generation", 2))
    reconciler.go.set()
    await next_call(reconciler)
    await keeper.close()


async def test_an_event_of_an_owned_object_wakes_the_loop_otherwise() -> None:
    reconciler = Counting()
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "uid")
    await next_call(reconciler)
    keeper.notice("school", "quiz", ("owned", "uid2"), 1, owned=True)
    await next_call(reconciler)
    await keeper.close()


async def test_an_error_without_words_is_logged_in_words() -> None:
    keeper = Keeper(Counting(timed_out("GET", "pods")))
    with capture_logs() as logs:
        keeper.begin("school", "quiz", "uid")
        await asyncio.sleep(SETTLE)
        await keeper.close()
    assert [entry["error"] for entry in logs] == ["The API server did not answer within 7 seconds to read pods"]


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


async def test_one_that_is_created_again_waits_for_the_round_of_the_deleted_one() -> None:
    reconciler = Slow()
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "a")
    await next_call(reconciler)
    keeper.gone("school", "quiz", "a")
    keeper.begin("school", "quiz", "b")
    keeper.gone("school", "quiz", "b")
    keeper.begin("school", "quiz", "c")
    keeper.begin("school", "other", "d")
    # Of another name, and so at once.
    await next_call(reconciler)
    await asyncio.sleep(2 * SETTLE)
    assert reconciler.calls == 2
    reconciler.go.set()
    await next_call(reconciler)
    await asyncio.sleep(2 * SETTLE)
    assert (reconciler.most, reconciler.forgotten) == (2, ["a", "b"])
    await keeper.close()
    assert (reconciler.calls, sorted(reconciler.forgotten)) == (3, ["a", "b", "c", "d"])


async def test_closed_it_ends_the_round_of_a_deleted_one_too() -> None:
    reconciler = Slow()
    keeper = Keeper(reconciler)
    keeper.begin("school", "quiz", "a")
    await next_call(reconciler)
    keeper.gone("school", "quiz", "a")
    await asyncio.wait_for(keeper.close(), 5)
    assert (reconciler.calls, reconciler.running) == (1, 0)


class Stepping(Counting):
    """A reconciler whose rounds end one by one, when they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.rounds: list[asyncio.Event] = []
        self.running = self.most = 0

    async def reconcile(self, namespace: str, name: str) -> Result:
        self.running += 1
        self.most = max(self.most, self.running)
        end = asyncio.Event()
        self.rounds.append(end)
        try:
            await end.wait()
        finally:
            self.running -= 1
        return Result(again=timedelta(0))


STEPS = st.lists(st.sampled_from(["create", "delete", "delete late", "end a round", "run"]), max_size=25)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_however_often_it_is_deleted_and_created_its_rounds_never_overlap(steps: list[str]) -> None:
    async def play() -> None:
        reconciler = Stepping()
        keeper = Keeper(reconciler)
        made = 0
        for step in steps:
            match step:
                case "create":
                    made += 1
                    keeper.begin("school", "quiz", str(made))
                case "delete":
                    keeper.gone("school", "quiz", str(made))
                case "delete late":
                    keeper.gone("school", "quiz", str(made - 1))
                case "end a round":
                    for end in reconciler.rounds:
                        end.set()
                case "run":
                    await asyncio.sleep(0)
            assert reconciler.running <= 1
        # All go, and what is left of their rounds ends.
        keeper.gone("school", "quiz", str(made))
        async with asyncio.timeout(5):
            while len(reconciler.forgotten) < made:
                for end in reconciler.rounds:
                    end.set()
                await asyncio.sleep(0)
        assert reconciler.most <= 1
        # In their order, each once.
        assert reconciler.forgotten == [str(number) for number in range(1, made + 1)]
        await keeper.close()

    with patch("ingestor_operator.run.keeper.SETTLE", 0):
        asyncio.run(play())


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


class SlowToEnd(Counting):
    """A reconciler of many resources: one takes its time to end, and the others write until they are ended."""

    def __init__(self) -> None:
        super().__init__()
        self.closing, self.late = False, 0

    async def reconcile(self, namespace: str, name: str) -> Result:
        try:
            while True:
                await asyncio.sleep(0.005)
                self.late += self.closing
        finally:
            if name == "quiz-0":
                await asyncio.sleep(0.2)


async def test_an_end_stops_every_resource_at_once_though_one_takes_its_time() -> None:
    """After a lost lease another operator is at work already."""
    reconciler = SlowToEnd()
    keeper = Keeper(reconciler)
    for number in range(20):
        keeper.begin("school", f"quiz-{number}", f"uid-{number}")
    await asyncio.sleep(0.05)
    reconciler.closing = True
    await keeper.close()
    assert reconciler.late == 0
