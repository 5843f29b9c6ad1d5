"""Decisions survive the status and read as sentences."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from unit.ingestor_operator.scaling.seen import NOON, believing, play, seen

from ingestor_operator.scaling import (
    UNCOMMITTED,
    Decision,
    Direction,
    PartitionOffsets,
    ScalingSpec,
    decide,
    dump_decision,
    explain,
    load_decision,
    told_time,
)

SPEC = ScalingSpec(minimum=1, maximum=12)
LATER = datetime.fromtimestamp(NOON + 2.2 * 3600, UTC)


def decisions() -> list[Decision]:
    behind = seen([5_000] * 12, replicas=2)
    up, state = decide(SPEC, behind, believing(behind, rate=1000.0, arrival=2400, drain=2000))
    waiting = seen([5_400] * 12, replicas=4, ready=2, time=NOON + 10, end=10_002_000)
    return [*play(SPEC, [waiting], state), up]


def test_the_current_number_is_explained_with_its_inputs_and_what_came_before() -> None:
    assert explain(decisions(), LATER).splitlines() == [
        "Last decision, 2027-01-15 08:00:10 UTC (2 h ago): kept 4 (ReplicasNotReady). 2 of 4 consumers are ready; held "
        "until the others are.",
        "  The numbers of that moment:",
        "    64,800 records wait, 33 s of work for the ready consumers.",
        "    2,400.0 records/s arrive.",
        "    One busy consumer drains 991.8 records/s.",
        "    The group is Stable with 2 members and 2 ready consumers on 12 partitions.",
        "    Allowed are 1 to 12 consumers.",
        "    Lag is to be drained within 60 s.",
        "Before that:",
        "  2027-01-15 08:00:00 UTC (2 h ago): scaled up from 2 to 4 (CapacityShort). 60,000 records wait and 2,400/s "
        "arrive; one consumer drains 1,000/s, so draining within 60 s takes 4: from 2 to 4 consumers.",
    ]


def test_what_is_not_known_is_said() -> None:
    first = play(SPEC, [seen([5, 0, 0])])
    assert "not known yet" in explain(first, LATER)
    fresh = replace(seen([5, 0]), partitions=(PartitionOffsets(0, 0, 5, UNCOMMITTED),))
    assert "has not committed an offset" in explain(play(SPEC, [fresh]), LATER)
    assert "offsets could not be read" in explain(play(SPEC, [seen([])]), LATER)


def test_a_move_that_was_not_made_is_not_told_as_one() -> None:
    up = msgspec.structs.replace(decisions()[-1], taken=False)
    assert (
        explain([up], LATER)
        .splitlines()[0]
        .startswith("Last decision, 2027-01-15 08:00:00 UTC (2 h ago): would have scaled up from 2 to 4 (")
    )
    assert not load_decision(dump_decision(up)).taken


def test_a_decision_before_the_clock_was_set_back_is_not_the_last() -> None:
    last, before = decisions()
    lines = explain([last, msgspec.structs.replace(before, time=LATER + timedelta(days=1))], LATER).splitlines()
    assert lines[0].startswith("Last decision, 2027-01-15 08:00:10 UTC (2 h ago): kept 4")
    assert lines[-1].startswith("  2027-01-16 10:12:00 UTC (1 d ahead of this clock): scaled up")


def test_nothing_decided_yet() -> None:
    assert explain([], LATER) == "Nothing has been decided yet."


def test_a_decision_keeps_everything_through_the_status() -> None:
    for decision in decisions():
        assert load_decision(dump_decision(decision)) == decision


def test_the_status_has_camel_case_keys_and_no_nulls() -> None:
    dumped = dump_decision(play(SPEC, [seen([])])[0])
    assert dumped["time"] == "2027-01-15T08:00:00Z"
    assert dumped["direction"] == Direction.HOLD
    inputs = dumped["inputs"]
    assert isinstance(inputs, dict)
    assert "ratePerReplica" not in inputs
    assert inputs["lagState"] == "Unknown"


def test_what_is_no_decision_is_refused() -> None:
    with pytest.raises(ValueError, match="missing required field"):
        load_decision({"reason": "Pinned"})


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-3, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_a_time_says_how_long_ago_it_was(seconds: float, told: str) -> None:
    moment = LATER - timedelta(seconds=seconds)
    assert told_time(moment, LATER).endswith(f" UTC ({told} ago)")
