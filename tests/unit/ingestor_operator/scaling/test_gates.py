"""What a person set is applied at once; what is not known or in motion is held."""

from dataclasses import replace

import pytest
from unit.ingestor_operator.scaling.seen import seen

from ingestor_operator.scaling import (
    UNCOMMITTED,
    Direction,
    GroupState,
    Observation,
    PartitionOffsets,
    Reason,
    ScalingSpec,
)
from ingestor_operator.scaling.gates import gate

SPEC = ScalingSpec(minimum=2, maximum=8)
LAGGING = [900_000] * 12


def with_partition(observation: Observation, offsets: PartitionOffsets) -> Observation:
    return replace(observation, partitions=(offsets, *observation.partitions[1:]))


@pytest.mark.parametrize(
    ("spec", "observation", "direction", "reason", "replicas"),
    [
        (replace(SPEC, pinned=5), seen(LAGGING, replicas=3), Direction.UP, Reason.PINNED, 5),
        (replace(SPEC, pinned=5), seen(LAGGING, replicas=5), Direction.HOLD, Reason.PINNED, None),
        (replace(SPEC, pinned=0), seen(LAGGING, replicas=3), Direction.DOWN, Reason.PINNED, 0),
        (replace(SPEC, pinned=10), seen(LAGGING, replicas=3), Direction.UP, Reason.PINNED, 10),
        (replace(SPEC, pinned=40), seen(LAGGING, replicas=3), Direction.UP, Reason.PINNED, 12),
        (replace(SPEC, pinned=1, enabled=False), seen(LAGGING, replicas=1), Direction.HOLD, Reason.PINNED, None),
        (SPEC, seen(LAGGING, replicas=1), Direction.UP, Reason.BELOW_MINIMUM, 2),
        (SPEC, seen(LAGGING, replicas=0), Direction.UP, Reason.BELOW_MINIMUM, 2),
        (SPEC, seen(LAGGING, replicas=9), Direction.DOWN, Reason.ABOVE_MAXIMUM, 8),
        (SPEC, seen([900_000] * 3, replicas=4), Direction.DOWN, Reason.ABOVE_MAXIMUM, 3),
        (SPEC, seen([], replicas=9), Direction.DOWN, Reason.ABOVE_MAXIMUM, 8),
        (replace(SPEC, enabled=False), seen(LAGGING, replicas=3), Direction.HOLD, Reason.AUTOSCALING_DISABLED, None),
        (replace(SPEC, enabled=False), seen(LAGGING, replicas=1), Direction.UP, Reason.BELOW_MINIMUM, 2),
    ],
    ids=[
        "a pin is applied",
        "a pin holds",
        "a pin of 0 stops the consumers, whatever the minimum",
        "a pin goes beyond the maximum",
        "a pin goes no further than the partitions",
        "a pin counts although autoscaling is disabled",
        "below the minimum",
        "unpinned from 0",
        "above the maximum",
        "above the partition count",
        "above the maximum with Kafka unreachable",
        "disabled",
        "disabled, but below the minimum",
    ],
)
def test_what_a_person_set(
    spec: ScalingSpec, observation: Observation, direction: Direction, reason: Reason, replicas: int | None
) -> None:
    verdict = gate(spec, observation)
    assert verdict is not None
    assert (verdict.direction, verdict.reason, verdict.replicas) == (direction, reason, replicas)


@pytest.mark.parametrize(
    ("spec", "decided", "reason", "replicas"),
    [
        (SPEC, 4, Reason.DECIDED_BEFORE, 4),
        (replace(SPEC, enabled=False), 4, Reason.DECIDED_BEFORE, 4),
        (SPEC, 9, Reason.DECIDED_BEFORE, 8),
        (SPEC, 1, Reason.BELOW_MINIMUM, 2),
        (replace(SPEC, pinned=5), 4, Reason.PINNED, 5),
        (replace(SPEC, pinned=0), 4, Reason.PINNED, 0),
    ],
)
@pytest.mark.parametrize("lags", [LAGGING, []])
def test_a_deployment_made_anew_gets_the_number_of_the_one_before(
    spec: ScalingSpec, decided: int, reason: Reason, replicas: int, lags: list[int]
) -> None:
    verdict = gate(spec, seen(lags, replicas=1, ready=0), decided)
    assert verdict is not None
    assert (verdict.reason, verdict.replicas) == (reason, replicas)


def test_no_more_than_that_and_no_more_than_the_partitions() -> None:
    verdict = gate(SPEC, seen([1] * 3, replicas=1), 7)
    assert verdict is not None
    assert (verdict.reason, verdict.replicas) == (Reason.DECIDED_BEFORE, 3)
    assert verdict.message == "The Deployment had 7 consumers before it was made anew; 3 are allowed now."
    assert gate(SPEC, seen(LAGGING, replicas=4), 4) is None


@pytest.mark.parametrize(
    ("observation", "reason", "says"),
    [
        (seen([], replicas=3), Reason.LAG_UNKNOWN, "No offsets could be read"),
        (
            replace(seen([], replicas=3), kafka_outage="Kafka could not be read: no answer."),
            Reason.LAG_UNKNOWN,
            "Kafka could not be read: no answer. The number of consumers is held",
        ),
        (
            with_partition(seen(LAGGING, replicas=3), PartitionOffsets(0, 0, None, 5)),
            Reason.LAG_UNKNOWN,
            "partition 0 could not be read",
        ),
        (
            with_partition(seen(LAGGING, replicas=3), PartitionOffsets(0, 0, 5, 6)),
            Reason.LAG_UNKNOWN,
            "contradict each other",
        ),
        (
            with_partition(seen(LAGGING, replicas=3), PartitionOffsets(0, 0, 5, UNCOMMITTED)),
            Reason.LAG_UNCOMMITTED,
            "committed nothing for partition 0",
        ),
        (seen(LAGGING, replicas=3, ready=2, joined=3), Reason.MEMBERS_DIFFER, "3 members, but 2 consumers are ready"),
        (seen(LAGGING, replicas=3, ready=3, joined=4), Reason.MEMBERS_DIFFER, "4 members, but 3 consumers are ready"),
        (seen(LAGGING, replicas=3, ready=4), Reason.REPLICAS_NOT_READY, "4 consumers are ready, 3 are asked for"),
    ],
    ids=[
        "no partition read",
        "Kafka not read",
        "an end not read",
        "committed beyond the end",
        "a new group has committed nothing",
        "a consumer that is not ready has joined",
        "a foreign member",
        "a consumer that is still stopping",
    ],
)
def test_what_is_not_known_or_does_not_match_is_held(observation: Observation, reason: Reason, says: str) -> None:
    verdict = gate(SPEC, observation)
    assert verdict is not None
    assert (verdict.direction, verdict.reason) == (Direction.HOLD, reason)
    assert says in verdict.message


@pytest.mark.parametrize("state", [state for state in GroupState if state is not GroupState.STABLE])
@pytest.mark.parametrize("lags", [LAGGING, [0] * 12], ids=["behind", "idle"])
def test_a_group_that_is_not_stable_is_held(state: GroupState, lags: list[int]) -> None:
    verdict = gate(SPEC, seen(lags, replicas=3, state=state))
    assert verdict is not None
    assert (verdict.direction, verdict.reason) == (Direction.HOLD, Reason.GROUP_NOT_STABLE)


def test_an_empty_group_with_consumers_asked_for_is_held() -> None:
    verdict = gate(SPEC, seen(LAGGING, replicas=3, ready=0, state=GroupState.EMPTY))
    assert verdict is not None
    assert verdict.reason is Reason.GROUP_NOT_STABLE


def test_a_stable_group_with_a_known_lag_is_weighed() -> None:
    assert gate(SPEC, seen(LAGGING, replicas=3)) is None
    assert gate(SPEC, seen(LAGGING, replicas=3, ready=2)) is None


@pytest.mark.parametrize("state", GroupState)
@pytest.mark.parametrize("lags", [[], LAGGING, [0] * 12], ids=["unknown", "behind", "idle"])
def test_a_group_with_members_of_another_kind_is_held_and_told_of(state: GroupState, lags: list[int]) -> None:
    said = "Group g has members of another kind (protocol type connect)"
    verdict = gate(SPEC, replace(seen(lags, replicas=3, state=state), foreign_members=said))
    assert verdict is not None
    assert (verdict.direction, verdict.reason) == (Direction.HOLD, Reason.FOREIGN_MEMBERS)
    assert said in verdict.message


def test_without_its_database_no_load_scales_and_a_person_still_does() -> None:
    out = replace(seen(LAGGING, replicas=3), database_outage="pod c: refused")
    verdict = gate(SPEC, out)
    assert verdict is not None
    assert (verdict.direction, verdict.reason, verdict.replicas) == (Direction.HOLD, Reason.DATABASE_UNREACHABLE, None)
    assert "pod c: refused" in verdict.message
    pinned = gate(replace(SPEC, pinned=5), out)
    assert pinned is not None
    assert pinned.replicas == 5
