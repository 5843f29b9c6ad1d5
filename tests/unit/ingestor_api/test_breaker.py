"""The circuit breaker: opens after repeated failures, closes by trying."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.breaker import FAILURES_TO_OPEN, FIRST_PROBE_SECONDS, LONGEST_PROBE_SECONDS, Breaker, State


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def closed(clock: Clock, trials: int = 1) -> Breaker:
    breaker = Breaker(clock, trials)
    breaker.probed(True)
    assert breaker.state is State.CLOSED
    return breaker


def half_open(clock: Clock, trials: int) -> Breaker:
    breaker = closed(clock, trials)
    breaker.trip()
    breaker.probed(True)
    assert breaker.state is State.HALF_OPEN
    return breaker


def test_before_kafka_has_answered_nothing_waits_for_it_and_it_is_looked_for_at_once() -> None:
    breaker = Breaker(Clock(), trials=1)
    assert not breaker.permits()
    assert breaker.probe_due()


def test_the_first_answer_lets_everything_through_since_nothing_has_failed_yet() -> None:
    breaker = Breaker(Clock(), trials=1)
    breaker.probed(True)
    assert all(breaker.permits() for _ in range(10))


def test_repeated_failures_open_it_so_that_later_requests_do_not_wait() -> None:
    breaker = closed(Clock())
    for _ in range(FAILURES_TO_OPEN - 1):
        breaker.failed()
    assert breaker.permits()
    breaker.failed()
    assert not breaker.permits()


def test_failures_with_successes_between_them_do_not_open_it() -> None:
    breaker = closed(Clock())
    for _ in range(10 * FAILURES_TO_OPEN):
        breaker.failed()
        breaker.succeeded()
    assert breaker.permits()


def test_lost_connections_open_it_without_waiting_for_failures_and_are_looked_into_at_once() -> None:
    breaker = closed(Clock())
    breaker.trip()
    assert not breaker.permits()
    assert breaker.probe_due()


def test_after_a_probe_only_as_many_events_try_kafka_as_there_are_trials() -> None:
    breaker = half_open(Clock(), trials=2)
    assert [breaker.permits() for _ in range(4)] == [True, True, False, False]


def test_a_trial_that_got_through_closes_it() -> None:
    breaker = half_open(Clock(), trials=1)
    assert breaker.permits()
    breaker.succeeded()
    assert all(breaker.permits() for _ in range(10))


def test_a_trial_that_failed_opens_it_again_for_longer_each_time_up_to_a_bound() -> None:
    clock = Clock()
    breaker = half_open(clock, trials=1)
    waits = []
    for _ in range(8):
        breaker.probed(True)
        breaker.permits()
        breaker.failed()
        start = clock.now
        while not breaker.probe_due():
            clock.now += FIRST_PROBE_SECONDS
        waits.append(clock.now - start)
    assert waits == sorted(waits)
    assert waits[0] > FIRST_PROBE_SECONDS
    assert waits[-1] == LONGEST_PROBE_SECONDS


def test_a_probe_without_an_answer_is_repeated_after_a_while() -> None:
    clock = Clock()
    breaker = Breaker(clock, trials=1)
    breaker.probed(False)
    assert not breaker.probe_due()
    clock.now += FIRST_PROBE_SECONDS
    assert breaker.probe_due()


STEPS = st.sampled_from(["permits", "succeeded", "failed", "trip", "answered", "silent", "wait"])


@given(st.lists(STEPS, max_size=60))
def test_whatever_happens_an_answering_kafka_is_used_again(steps: list[str]) -> None:
    clock = Clock()
    breaker = Breaker(clock, trials=1)
    for step in steps:
        if step in ("answered", "silent"):
            breaker.probed(step == "answered")
        elif step == "wait":
            clock.now += 1.0
        else:
            getattr(breaker, step)()
    # From any state: the outstanding trial ends, the next probe is answered, a trial gets through.
    breaker.failed(FAILURES_TO_OPEN)
    clock.now += LONGEST_PROBE_SECONDS
    assert breaker.probe_due()
    breaker.probed(True)
    assert breaker.permits()
    breaker.succeeded()
    assert breaker.state is State.CLOSED


def test_a_record_that_kafka_refuses_neither_opens_nor_closes_and_gives_its_trial_back() -> None:
    clock = Clock()
    breaker = closed(clock)
    breaker.inconclusive(100)
    assert breaker.state is State.CLOSED
    trying = half_open(clock, trials=1)
    assert trying.permits()
    assert not trying.permits()
    trying.inconclusive()
    assert trying.state is State.HALF_OPEN
    assert trying.permits()
