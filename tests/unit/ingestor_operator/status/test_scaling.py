"""The last decisions are kept, and one that only holds on is not repeated."""

from datetime import UTC, datetime
from typing import Any

from ingestor_operator.model.status import DecisionRecord
from ingestor_operator.plan.scaling import scaling_spec
from ingestor_operator.scaling import Decision, Observation, Reason, ScalingState, decide, load_decision
from ingestor_operator.status.scaling import KEPT_DECISIONS, active_verdict, decisions, limited_verdict

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


def decision(resource: Any, replicas: int, time: float = NOON) -> Decision:
    seen = Observation(time=time, replicas=replicas, ready=replicas)
    made, _ = decide(scaling_spec(resource), seen, ScalingState())
    return made


def test_the_last_five_are_kept_newest_first(make_resource: Any) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"min": 2}})
    kept: list[DecisionRecord] = []
    for minute in range(8):
        kept = decisions(kept, decision(resource, 1, NOON + 60 * minute), scaled=True)
    assert len(kept) == KEPT_DECISIONS
    times = [load_decision(record).time for record in kept]
    assert times == sorted(times, reverse=True)


def test_holding_on_for_the_same_reason_is_not_repeated(make_resource: Any) -> None:
    once = decisions([], decision(make_resource(), 1), scaled=False)
    assert decisions(once, decision(make_resource(), 1, NOON + 60), scaled=False) == once


def test_a_new_reason_to_hold_takes_the_place_of_the_last_one(make_resource: Any) -> None:
    moved = decisions([], decision(make_resource("minimal", {"consumer.replicas": {"min": 2}}), 1), scaled=True)
    held = decisions(moved, decision(make_resource(), 2), scaled=False)
    pinned = make_resource("minimal", {"consumer.replicas": {"pinned": 2}})
    again = decisions(held, decision(pinned, 2), scaled=False)
    assert [record["reason"] for record in again] == [Reason.PINNED, Reason.BELOW_MINIMUM]


def test_a_move_that_is_not_made_is_kept_once_and_says_so(make_resource: Any) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"min": 2}})
    planned = decisions([], decision(resource, 1), scaled=False)
    assert [load_decision(record).taken for record in planned] == [False]
    for minute in range(3):
        assert decisions(planned, decision(resource, 1, NOON + 60 * minute), scaled=False) == planned
    more = make_resource("minimal", {"consumer.replicas": {"min": 3}})
    other = decisions(planned, decision(more, 1), scaled=False)
    assert [load_decision(record).replicas for record in other] == [3]
    made = decisions(other, decision(more, 1, NOON + 60), scaled=True)
    assert [(load_decision(record).replicas, load_decision(record).taken) for record in made] == [(3, True)]


def test_another_reason_for_a_move_that_is_not_made_is_told(make_resource: Any) -> None:
    below = decision(make_resource("minimal", {"consumer.replicas": {"min": 2}}), 1)
    pinned = decision(make_resource("minimal", {"consumer.replicas": {"pinned": 2}}), 1)
    told = decisions(decisions([], below, scaled=False), pinned, scaled=False)
    assert [record["reason"] for record in told] == [Reason.PINNED]


def test_what_a_person_set_or_nobody_knows_is_not_active(make_resource: Any) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"pinned": 2}})
    pinned = active_verdict(decision(resource, 2), resource)
    assert (pinned.status, pinned.reason) == ("False", Reason.PINNED)
    unknown = active_verdict(decision(make_resource(), 1), make_resource())
    assert (unknown.status, unknown.reason) == ("False", Reason.LAG_UNKNOWN)


def test_without_consumers_nothing_is_claimed(make_resource: Any) -> None:
    assert active_verdict(None, make_resource()).status == "Unknown"
    assert limited_verdict(None).status == "Unknown"
    assert decisions([], None, scaled=False) == []
