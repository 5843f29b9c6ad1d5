"""Rates are learned from offsets over time, and only from what can teach them."""

from dataclasses import replace
from math import log

import pytest
from unit.ingestor_operator.scaling.seen import NOON, seen

from ingestor_operator.scaling import GroupState, Observation, PartitionOffsets
from ingestor_operator.scaling.rates import LEARN_WITHIN, STUCK_AFTER, PartitionHistory, Rates, blend, learn


def tape(
    *,
    arrive: float,
    drain: float,
    lag: int,
    steps: int = 30,
    partitions: int = 3,
    replicas: int = 1,
    after: Observation | None = None,
) -> list[Observation]:
    """A stable group with an even load, seen every 10 s; `arrive` and `drain` in records a second of all partitions.

    `lag` is that of each partition at first. It goes on from `after` where given, whose lag it then begins with.
    """
    first = after.partitions[0] if after else PartitionOffsets(0, 0, lag, 0)
    began = after.time + 10 if after else NOON
    looks = []
    for step in range(steps):
        arrived = round(arrive * 10 * step / partitions)
        waiting = max(0, (first.lag or 0) + arrived - round(drain * 10 * step / partitions))
        looks.append(
            seen([waiting] * partitions, time=began + step * 10, replicas=replicas, end=(first.end or 0) + arrived)
        )
    return looks


def taught(looks: list[Observation], rates: Rates | None = None, interval: float = 10.0) -> Rates:
    rates = rates or Rates()
    for look in looks:
        rates = learn(rates, look, interval)
    return rates


def test_a_busy_consumer_teaches_what_it_drains() -> None:
    rates = taught(tape(arrive=900, drain=600, lag=100_000))
    assert rates.arrival == pytest.approx(900, rel=0.01)
    assert rates.throughput == pytest.approx(600, rel=0.01)
    assert rates.per_replica == pytest.approx(600, rel=0.01)


def test_two_busy_consumers_teach_what_each_drains() -> None:
    rates = taught(tape(arrive=900, drain=600, lag=100_000, partitions=4, replicas=2))
    assert rates.per_replica == pytest.approx(300, rel=0.01)


def close_looks(count: int) -> list[Observation]:
    """A consumer with a backlog drains 500/s and is looked at every 2 s."""
    return [seen([50_000 - 1000 * n], time=NOON + 2 * n, end=100_000) for n in range(count)]


def test_close_looks_teach_a_rate_once_they_make_a_lesson() -> None:
    assert taught(close_looks(4)).per_replica is None
    assert taught(close_looks(5)).per_replica == pytest.approx(500)


def test_where_looks_are_always_close_one_is_a_lesson() -> None:
    assert taught(close_looks(2), interval=2.0).per_replica == pytest.approx(500)


def test_a_lesson_is_of_one_piece() -> None:
    looks = close_looks(7)
    assert taught(looks).per_replica is not None
    looks[3] = replace(looks[3], group_state=GroupState.PREPARING_REBALANCE)
    assert taught(looks).per_replica is None


def test_an_idle_consumer_does_not_teach_a_low_rate() -> None:
    learned = taught(tape(arrive=600, drain=600, lag=100_000))
    idle = tape(arrive=30, drain=30, lag=0, after=seen([0, 0, 0], time=NOON + 600))
    rates = taught(idle, replace(learned, partitions=()))
    assert rates.arrival == pytest.approx(30, rel=0.05)
    assert rates.per_replica == learned.per_replica


def test_a_consumer_that_keeps_up_leaves_its_rate_unknown() -> None:
    assert taught(tape(arrive=300, drain=300, lag=20)).per_replica is None


def test_a_change_of_speed_is_believed_within_two_minutes() -> None:
    fast = tape(arrive=900, drain=600, lag=300_000)
    slow = tape(arrive=900, drain=200, lag=0, steps=13, after=fast[-1])
    assert taught(slow, taught(fast)).per_replica == pytest.approx(200, rel=0.15)


def test_commits_further_apart_than_observations_teach_the_same_rate() -> None:
    rates = Rates()
    for step in range(30):
        committed = step // 3 * 30 * 600
        look = seen([1_000_000 - committed], time=NOON + 10 * step, end=1_000_000)
        rates = learn(rates, look)
    assert rates.per_replica == pytest.approx(600, rel=0.01)


def test_commits_minutes_apart_teach_nothing() -> None:
    late = LEARN_WITHIN + 10
    looks = [seen([1_000_000 - 1000 * step], time=NOON + late * step, end=1_000_000) for step in range(5)]
    assert taught(looks).per_replica is None


def test_a_consumer_without_progress_does_not_teach_a_rate_of_zero() -> None:
    busy = tape(arrive=900, drain=600, lag=300_000)
    halted = tape(arrive=900, drain=0, lag=0, after=busy[-1])
    learned = taught(busy)
    assert taught(halted, learned).per_replica == learned.per_replica


def test_only_the_consumer_of_the_hot_partition_teaches() -> None:
    """Partition 0 is behind and drained at 500/s by one consumer; the other waits for its 10/s."""
    rates = Rates()
    for step in range(20):
        ends = [1_000_000, 100 * step]
        rates = learn(rates, seen([1_000_000 - 5000 * step, 0], time=NOON + 10 * step, replicas=2, end=ends))
    assert rates.per_replica == pytest.approx(500, rel=0.01)


def test_consumers_that_keep_up_can_do_at_least_what_arrives() -> None:
    slow = taught(tape(arrive=900, drain=200, lag=100_000))
    keeping_up = tape(arrive=700, drain=700, lag=0, after=seen([10, 10, 10], time=NOON + 600))
    rates = taught(keeping_up, replace(slow, partitions=()))
    assert rates.per_replica == pytest.approx(700, rel=0.02)


def test_a_rebalance_does_not_teach() -> None:
    learned = taught(tape(arrive=900, drain=600, lag=100_000, partitions=4))
    then = NOON + 300
    during = seen([300_000] * 4, time=then, replicas=2, state=GroupState.PREPARING_REBALANCE)
    after = seen([301_000] * 4, time=then + 10, replicas=2)
    assert taught([during, after], learned).per_replica == learned.per_replica


@pytest.mark.parametrize("topic_id", ["first", "second"])
def test_a_recreated_topic_starts_arrivals_anew_and_keeps_what_a_consumer_can_do(topic_id: str) -> None:
    learned = taught(tape(arrive=900, drain=600, lag=100_000))
    rates = learn(learned, seen([5, 5, 5], time=NOON + 300, end=50, topic_id=topic_id))
    assert rates.arrival == 0
    assert rates.per_replica == learned.per_replica


def test_an_offset_reset_by_hand_is_no_negative_drain() -> None:
    learned = taught(tape(arrive=0, drain=600, lag=100_000))
    again = [seen([200_000] * 3, time=NOON + 300, end=200_000), seen([198_000] * 3, time=NOON + 310, end=200_000)]
    assert taught(again, learned).throughput == pytest.approx(600, rel=0.01)


def test_records_removed_by_retention_are_not_drained() -> None:
    first = Observation(NOON, 1, 1, GroupState.STABLE, (PartitionOffsets(0, 0, 100_000, 0),), seen([0]).members)
    later = replace(first, time=NOON + 10, partitions=(PartitionOffsets(0, 50_000, 100_000, 50_000),))
    rates = taught([first, later])
    assert (rates.throughput, rates.per_replica) == (0, None)


def test_an_unknown_lag_teaches_nothing_and_the_next_known_one_covers_the_gap() -> None:
    looks = tape(arrive=900, drain=600, lag=100_000)
    blind = replace(looks[10], partitions=(PartitionOffsets(0, None, None, None),))
    with_gap = [*looks[:10], blind, *looks[11:]]
    assert learn(taught(looks[:10]), blind) == taught(looks[:10])
    assert taught(with_gap).per_replica == pytest.approx(600, rel=0.01)


def test_time_that_stands_still_teaches_nothing() -> None:
    looks = tape(arrive=900, drain=600, lag=100_000)
    rates = taught(looks)
    assert learn(rates, looks[-1]) == rates


def test_a_partition_that_stops_is_stuck_after_a_minute_and_one_that_idles_is_not() -> None:
    looks = [seen([1000 + 100 * step, 0], time=NOON + 10 * step, end=[10_000 + 100 * step, 500]) for step in range(8)]
    assert taught(looks[: int(STUCK_AFTER / 10)]).stuck == ()
    assert taught(looks).stuck == (0,)


def test_a_new_owner_gets_time_to_move_a_partition() -> None:
    looks = [seen([1000, 0], time=NOON + 10 * step, end=10_000) for step in range(12)]
    moved = seen([1000, 0], time=NOON + 120, end=10_000, replicas=2)
    assert taught(looks).stuck == (0,)
    assert taught([*looks, moved]).stuck == ()


def test_a_group_that_drains_nothing_for_half_a_minute_has_halted() -> None:
    looks = [seen([1000, 1000], time=NOON + 10 * step, end=10_000) for step in range(4)]
    assert not taught(looks[:3]).halted
    assert taught(looks).halted


def test_an_idle_group_has_not_halted() -> None:
    assert not taught([seen([0, 0], time=NOON + 10 * step) for step in range(20)]).halted


def test_half_of_what_was_believed_is_forgotten_after_the_half_life_in_whatever_steps() -> None:
    assert blend(100.0, 0.0, 30.0, 30.0) == pytest.approx(50)
    assert blend(blend(100.0, 0.0, 7.0, 30.0), 0.0, 23.0, 30.0) == pytest.approx(50)
    assert blend(None, 7.0, 1.0, 30.0) == 7.0


@pytest.mark.parametrize(
    ("recent", "expected"),
    [(None, 1.0), (1000.0, 1.0), (1500.0, 1.0), (1000 - 10 * 30 / log(2), 1.6)],
    ids=["nothing known", "steady", "falling", "10/s more every second"],
)
def test_how_much_more_arrives_in_a_minute_if_it_goes_on_rising(recent: float | None, expected: float) -> None:
    history = PartitionHistory(0, 0, 0, NOON, 0, arrival=1000.0)
    assert Rates(time=NOON, partitions=(history,), recent_arrival=recent).ahead(60.0) == pytest.approx(expected)


@pytest.mark.parametrize(("arrival", "confirmed"), [(950, True), (800, False)], ids=["nearly", "a reserve is left"])
def test_consumers_that_keep_up_with_nearly_the_learned_rate_confirm_it(arrival: int, confirmed: bool) -> None:
    before = learn(Rates(), seen([0], time=NOON, end=0))
    rates = replace(before, per_replica=1000.0, partitions=(replace(before.partitions[0], arrival=float(arrival)),))
    after = learn(rates, seen([0], time=NOON + 10, end=10 * arrival))
    assert after.per_replica == 1000.0
    assert (after.learned_at == NOON + 10) is confirmed
