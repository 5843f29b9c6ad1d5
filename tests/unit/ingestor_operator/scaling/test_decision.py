"""Each rule of the decision, by example: 12 partitions, consumers that drain 1,000 records/s each."""

from dataclasses import replace

import pytest
from unit.ingestor_operator.scaling.seen import NOON, believing, play, seen, with_rates

from ingestor_operator.scaling import Direction, GroupState, Observation, Reason, ScalingSpec, ScalingState, decide
from ingestor_operator.scaling.trial import Ceiling, Trial
from ingestor_operator.scaling.weighing import STALE_AFTER

SPEC = ScalingSpec(minimum=1, maximum=12)
RATE = 1000.0


@pytest.mark.parametrize(
    ("replicas", "arrival", "lag", "direction", "reason", "after"),
    [
        (1, 600, 0, Direction.HOLD, Reason.CAPACITY_MATCHES, 1),
        (1, 1500, 3_000, Direction.UP, Reason.CAPACITY_SHORT, 2),
        (1, 900, 12_000, Direction.UP, Reason.CAPACITY_SHORT, 2),
        (2, 1500, 120_000, Direction.UP, Reason.CAPACITY_SHORT, 4),
        (4, 4300, 0, Direction.UP, Reason.CAPACITY_SHORT, 6),
        (6, 5900, 90_000, Direction.UP, Reason.CAPACITY_SHORT, 12),
        (1, 9000, 0, Direction.UP, Reason.CAPACITY_SHORT, 2),
        (3, 9000, 0, Direction.UP, Reason.CAPACITY_SHORT, 6),
        (4, 3500, 0, Direction.HOLD, Reason.CAPACITY_MATCHES, 4),
        (12, 11_000, 9_000_000, Direction.HOLD, Reason.AT_LIMIT, 12),
        (12, 11_000, 0, Direction.HOLD, Reason.CAPACITY_MATCHES, 12),
        (5, 4000, 0, Direction.HOLD, Reason.CAPACITY_MATCHES, 5),
    ],
    ids=[
        "fits",
        "more arrives than is drained",
        "what waits would take longer than the target",
        "lag and arrivals together",
        "five would share no better than four: six",
        "seven would share no better than six: twelve",
        "ten are wanted, but no more than twice as many are taken at once",
        "ten are wanted, but from three no more than six at once",
        "no reserve left, but it fits",
        "more than partitions allow",
        "at the partition count",
        "five that could be four share alike: no reason to move",
    ],
)
def test_the_load_decides(
    replicas: int, arrival: float, lag: int, direction: Direction, reason: Reason, after: int
) -> None:
    observation = seen([lag // 12] * 12, replicas=replicas)
    decision, _ = decide(SPEC, observation, believing(observation, rate=RATE, arrival=arrival))
    assert (decision.direction, decision.reason, decision.replicas) == (direction, reason, after)
    assert decision.changes is (direction is not Direction.HOLD)


@pytest.mark.parametrize(
    ("recent", "after"),
    [(2700, 3), (2800, 3), (2600, 3), (2400, 4), (1700, 6)],
    ids=[
        "steady",
        "falling",
        "what comes until they work fits",
        "it will not fit",
        "it rises so fast that four will not do",
    ],
)
def test_a_load_that_rises_gets_consumers_before_they_are_missing(recent: float, after: int) -> None:
    observation = seen([0] * 12, replicas=3)
    state = with_rates(believing(observation, rate=RATE, arrival=2700), recent_arrival=float(recent))
    decision, _ = decide(SPEC, observation, state)
    assert (decision.replicas, decision.inputs.wanted) == (after, 3)
    assert ("as fast as arrivals rise" in decision.message) is (after > 3)


@pytest.mark.parametrize(
    ("spec", "partitions", "replicas", "after", "limited"),
    [
        (replace(SPEC, maximum=8), 12, 6, 6, True),
        (replace(SPEC, maximum=4), 12, 3, 4, True),
        (replace(SPEC, maximum=4), 12, 4, 4, True),
        (replace(SPEC, maximum=5), 12, 3, 4, True),
        (SPEC, 3, 2, 3, True),
        (SPEC, 12, 1, 2, False),
    ],
    ids=[
        "eight share as six do",
        "up to the maximum",
        "at the maximum",
        "five share as four do",
        "by partitions",
        "not limited",
    ],
)
def test_bounds_limit_and_say_so(spec: ScalingSpec, partitions: int, replicas: int, after: int, limited: bool) -> None:
    observation = seen([900_000 // partitions] * partitions, replicas=replicas)
    decision, _ = decide(spec, observation, believing(observation, rate=RATE, arrival=5000))
    assert (decision.replicas, decision.limited) == (after, limited)
    if not decision.changes:
        assert decision.reason is Reason.AT_LIMIT


QUIET = [0] * 12


@pytest.mark.parametrize(
    ("replicas", "held", "direction", "reason", "after"),
    [
        (6, ((NOON - 200, 6), (NOON - 10, 1)), Direction.HOLD, Reason.STABILIZING, 6),
        (6, ((NOON - 400, 6), (NOON - 200, 1)), Direction.DOWN, Reason.CAPACITY_UNUSED, 1),
        (6, ((NOON - 400, 6), (NOON - 200, 4), (NOON - 100, 1)), Direction.DOWN, Reason.CAPACITY_UNUSED, 4),
        (6, ((NOON - 400, 6), (NOON - 200, 5), (NOON - 100, 1)), Direction.DOWN, Reason.CAPACITY_UNUSED, 4),
        (6, ((NOON - 250, 12), (NOON - 100, 1)), Direction.HOLD, Reason.STABILIZING, 6),
        (12, ((NOON - 400, 12), (NOON - 200, 7)), Direction.DOWN, Reason.CAPACITY_UNUSED, 6),
        (12, ((NOON - 400, 12), (NOON - 200, 1)), Direction.DOWN, Reason.CAPACITY_UNUSED, 1),
    ],
    ids=[
        "within the window",
        "after the window",
        "to the highest recommendation of the window",
        "five share no better than four",
        "the window asked for even more",
        "seven share no better than six",
        "all of twelve but one at once",
    ],
)
def test_a_scale_down_waits_out_the_window_and_goes_to_what_it_asked_for(
    replicas: int, held: tuple[tuple[float, int], ...], direction: Direction, reason: Reason, after: int
) -> None:
    observation = seen(QUIET, replicas=replicas)
    decision, _ = decide(SPEC, observation, believing(observation, rate=RATE, arrival=100, held=held))
    assert (decision.direction, decision.reason, decision.replicas) == (direction, reason, after)


def test_after_a_scale_down_the_window_begins_anew() -> None:
    observation = seen(QUIET, replicas=6)
    state = believing(observation, rate=RATE, arrival=100, held=((NOON - 400, 6), (NOON - 200, 4)))
    decision, state = decide(SPEC, observation, state)
    looks = [seen(QUIET, replicas=decision.replicas, time=NOON + 10 * n) for n in range(1, 40)]
    changed = [d.time.timestamp() - NOON for d in play(SPEC, looks, state) if d.changes]
    assert changed[0] == 320


def test_a_state_that_nobody_fed_for_a_while_waits_out_a_new_window() -> None:
    observation = seen(QUIET, replicas=6)
    held = ((NOON - 400, 6), (NOON - 250, 1))
    decision, _ = decide(SPEC, observation, believing(observation, rate=RATE, held=held, ago=200))
    assert decision.reason is Reason.STABILIZING


@pytest.mark.parametrize("state", [GroupState.PREPARING_REBALANCE, GroupState.COMPLETING_REBALANCE])
def test_no_scale_down_during_a_rebalance_nor_right_after_it(state: GroupState) -> None:
    held = ((NOON - 400, 6), (NOON - 250, 1))
    moving = seen(QUIET, replicas=6, state=state)
    settled = seen(QUIET, replicas=6, time=NOON + 10)
    decisions = play(SPEC, [moving, settled], believing(moving, rate=RATE, held=held))
    assert [d.reason for d in decisions] == [Reason.GROUP_NOT_STABLE, Reason.STABILIZING]


def test_no_scale_down_while_behind() -> None:
    """One partition has more than one consumer can do: half as many consumers would do almost as well."""
    observation = seen([500_000] + [0] * 11, replicas=12)
    state = believing(observation, rate=RATE, arrival=600, held=((NOON - 250, 1),))
    decision, _ = decide(SPEC, observation, state)
    assert (decision.direction, decision.replicas) == (Direction.HOLD, 12)


def test_a_partition_that_no_number_of_consumers_can_serve_is_named() -> None:
    observation = seen([500_000] + [0] * 11, replicas=4)
    decision, _ = decide(SPEC, observation, believing(observation, rate=RATE, arrival=240))
    assert decision.reason is Reason.CAPACITY_MATCHES
    assert "Partition 0 alone asks for more than one consumer drains" in decision.message


@pytest.mark.parametrize(
    ("replicas", "arrival", "after"),
    [(12, 6500, 12), (12, 5500, 6), (6, 3500, 6), (6, 2700, 3), (4, 2700, 4), (3, 1700, 3), (2, 900, 1)],
)
def test_a_scale_down_is_made_where_half_or_fewer_would_do(replicas: int, arrival: float, after: int) -> None:
    observation = seen(QUIET, replicas=replicas)
    state = believing(observation, rate=RATE, arrival=arrival, held=((NOON - 250, 1),))
    decision, _ = decide(SPEC, observation, state)
    assert decision.replicas == after


def test_a_scale_up_waits_for_the_consumers_asked_for_before() -> None:
    observation = seen([90_000] * 12, replicas=3, ready=2)
    decision, _ = decide(SPEC, observation, believing(observation, rate=RATE, arrival=3000))
    assert (decision.direction, decision.reason) == (Direction.HOLD, Reason.REPLICAS_NOT_READY)


def test_a_consumer_that_cannot_start_is_given_up_when_it_is_not_needed() -> None:
    observation = seen(QUIET, replicas=6, ready=5)
    decision, _ = decide(SPEC, observation, believing(observation, rate=RATE, held=((NOON - 250, 1),)))
    assert (decision.direction, decision.replicas) == (Direction.DOWN, 1)


def test_while_the_rate_is_unknown_lag_is_waited_upon() -> None:
    decision, _ = decide(SPEC, seen([300_000] * 12, replicas=2), ScalingState())
    assert (decision.direction, decision.reason) == (Direction.HOLD, Reason.RATE_UNKNOWN)


def test_two_observations_of_a_busy_group_are_enough_to_decide() -> None:
    looks = [seen([300_000 - 1000 * n] * 12, replicas=2, time=NOON + 10 * n) for n in range(2)]
    assert [d.direction for d in play(SPEC, looks)] == [Direction.HOLD, Direction.UP]


def test_an_overdue_group_whose_rate_stays_unknown_is_doubled() -> None:
    """Assignments that cannot be read leave the rate unknown for good."""
    looks = [
        replace(
            seen([2_000_000 - 1_000 * n] * 12, replicas=2, time=NOON + 10 * n),
            members=tuple(replace(member, partitions=()) for member in seen(QUIET, replicas=2).members),
        )
        for n in range(2)
    ]
    decisions = play(SPEC, looks)
    assert [(d.direction, d.reason) for d in decisions] == [
        (Direction.HOLD, Reason.RATE_UNKNOWN),
        (Direction.UP, Reason.RATE_UNKNOWN),
    ]
    assert decisions[-1].replicas == 4


def test_a_group_that_was_never_behind_goes_down_until_it_shows_what_it_can_do() -> None:
    looks = [seen(QUIET, replicas=6, time=NOON + 10 * n) for n in range(32)]
    decisions = play(SPEC, looks)
    assert [d.replicas for d in decisions[-2:]] == [6, 4]
    assert decisions[-1].reason is Reason.CAPACITY_UNUSED


def test_a_rate_that_nobody_confirmed_for_hours_keeps_no_consumers() -> None:
    """Learned while the database was slow: 100/s each, so that 500/s seem to take six."""
    observation = seen(QUIET, replicas=6)
    state = believing(observation, rate=100.0, arrival=500, held=((NOON - 250, 1),))
    fresh, _ = decide(SPEC, observation, state)
    old, _ = decide(SPEC, observation, with_rates(state, learned_at=NOON - STALE_AFTER - 60))
    assert (fresh.reason, old.reason) == (Reason.CAPACITY_MATCHES, Reason.CAPACITY_UNUSED)


def test_a_halted_group_is_held_whatever_waits() -> None:
    looks = [
        seen([50_000 + 1000 * n] * 12, replicas=3, time=NOON + 10 * n, end=9_000_000 + 1000 * n) for n in range(1, 9)
    ]
    state = believing(seen([50_000] * 12, replicas=3), rate=RATE, arrival=1200, ago=0)
    decisions = play(SPEC, looks, state)
    assert {d.reason for d in decisions[3:]} == {Reason.PARTITIONS_STUCK}
    assert {d.replicas for d in decisions[3:]} == {3}


def test_a_stuck_partition_is_named_and_keeps_the_consumers_it_has() -> None:
    looks = [
        seen([1000 + 10 * n, *[0] * 11], replicas=6, time=NOON + 10 * n, end=[1000 + 10 * n] + [500 * n] * 11)
        for n in range(40)
    ]
    for n, look in enumerate(looks):
        flowing = tuple(replace(p, committed=500 * n - n % 2) for p in look.partitions[1:])
        looks[n] = replace(look, partitions=(look.partitions[0], *flowing))
    decisions = play(SPEC, looks, believing(looks[0], rate=RATE))
    assert decisions[-1].reason is Reason.PARTITIONS_STUCK
    assert decisions[-1].inputs.stuck_partitions == (0,)
    assert {d.replicas for d in decisions} == {6}


def watching(observation: Observation, *, drained: float, arrival: float = 5000) -> ScalingState:
    """Two consumers became four a minute and a half ago and have had their partitions since 70 seconds."""
    state = believing(observation, rate=RATE, arrival=arrival, drain=drained)
    partitions = tuple(p.partition for p in observation.partitions)
    position = sum(p.position for p in observation.partitions)
    trial = Trial(NOON - 90, 2, 4, partitions, 2000.0, arrival, NOON - 70, position - round(70 * drained))
    return replace(state, trial=trial, replicas=4)


BEHIND = [100_000] * 12


def test_a_scale_up_that_brought_no_throughput_is_reverted_and_remembered() -> None:
    observation = seen(BEHIND, replicas=4)
    decision, state = decide(SPEC, observation, watching(observation, drained=2000))
    assert (decision.direction, decision.reason) == (Direction.REVERT, Reason.NO_THROUGHPUT_GAINED)
    assert decision.replicas == 2
    assert "More than 2 consumers brought no throughput" in decision.message
    again = seen([110_000] * 12, replicas=2, time=NOON + 10)
    later, _ = decide(SPEC, again, state)
    assert (later.direction, later.reason) == (Direction.HOLD, Reason.NO_THROUGHPUT_GAINED)


def test_a_revert_that_could_not_be_written_is_given_again() -> None:
    observation = seen(BEHIND, replicas=4)
    _, state = decide(SPEC, observation, watching(observation, drained=2000))
    decision, _ = decide(SPEC, replace(observation, time=NOON + 10), state)
    assert (decision.direction, decision.replicas) == (Direction.REVERT, 2)


def test_a_scale_up_that_brought_throughput_stays() -> None:
    observation = seen(BEHIND, replicas=4)
    decision, state = decide(SPEC, observation, watching(observation, drained=3000))
    assert decision.direction is not Direction.REVERT
    assert state.ceiling is None


def test_a_scale_up_is_watched_before_the_next() -> None:
    observation = seen(BEHIND, replicas=4)
    state = watching(observation, drained=2000)
    assert state.trial is not None
    state = replace(state, trial=replace(state.trial, settled_at=NOON - 10))
    decision, _ = decide(SPEC, observation, state)
    assert (decision.direction, decision.reason) == (Direction.HOLD, Reason.WATCHING_SCALE_UP)


def test_a_load_that_grows_meanwhile_is_answered_without_waiting() -> None:
    observation = seen(BEHIND, replicas=4)
    state = watching(observation, drained=2000, arrival=9000)
    assert state.trial is not None
    state = replace(state, trial=replace(state.trial, settled_at=NOON - 10, arrival=5000.0))
    decision, _ = decide(SPEC, observation, state)
    assert (decision.direction, decision.replicas) == (Direction.UP, 6)


def test_a_scale_up_that_was_not_written_is_decided_again() -> None:
    observation = seen(BEHIND, replicas=2)
    first, state = decide(SPEC, observation, believing(observation, rate=RATE, arrival=2000))
    again, _ = decide(SPEC, replace(observation, time=NOON + 10), state)
    assert first.direction is again.direction is Direction.UP


CEILING = Ceiling(2, until=NOON + 600, wait=3600, throughput=2000, arrival=3000)


@pytest.mark.parametrize(
    ("ceiling", "arrival", "drain", "direction"),
    [
        (CEILING, 3000, 2000, Direction.HOLD),
        (replace(CEILING, until=NOON - 1), 3000, 2000, Direction.UP),
        (CEILING, 3000, 3000, Direction.UP),
        (CEILING, 4500, 2000, Direction.UP),
    ],
    ids=["remembered", "forgotten in time", "what limited it has gone", "another load"],
)
def test_what_brought_nothing_is_not_tried_again_at_once(
    ceiling: Ceiling, arrival: float, drain: float, direction: Direction
) -> None:
    observation = seen(BEHIND, replicas=2)
    state = believing(observation, rate=RATE, arrival=arrival, drain=drain, ago=0.001)
    decision, _ = decide(SPEC, observation, replace(state, ceiling=ceiling))
    assert decision.direction is direction


def test_a_clock_that_went_back_leaves_what_a_consumer_drains_and_what_brought_nothing() -> None:
    observation = seen(QUIET, replicas=6)
    state = believing(observation, rate=RATE, held=((NOON + 5000, 1),), ago=-6000)
    decision, state = decide(SPEC, observation, replace(state, ceiling=replace(CEILING, replicas=6, until=NOON + 9000)))
    assert decision.reason is Reason.STABILIZING
    assert (state.rates.per_replica, state.rates.learned_at) == (RATE, NOON)
    assert state.ceiling is not None
    assert state.ceiling.until == NOON + CEILING.wait


def test_a_clock_that_went_back_takes_no_consumers_away_from_a_load() -> None:
    looks = [seen([0] * 12, replicas=12, time=NOON + t, end=9_000_000 + 5_500 * t // 10) for t in range(0, 900, 10)]
    state = believing(looks[0], rate=100.0, arrival=6_600, ago=-60)
    assert {decision.replicas for decision in play(SPEC, looks, state)} == {12}
