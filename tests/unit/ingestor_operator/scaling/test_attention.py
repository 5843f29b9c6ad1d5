"""A group is looked at more closely only while that can teach what one consumer drains."""

from dataclasses import replace

import pytest
from unit.ingestor_operator.scaling.seen import NOON

from ingestor_operator.scaling import ScalingSpec, ScalingState, next_look
from ingestor_operator.scaling.attention import CLOSER
from ingestor_operator.scaling.rates import PartitionHistory, Rates

SPEC = ScalingSpec()


def waiting(records: int, per_replica: float | None = None, arrival: float | None = 100.0) -> ScalingState:
    history = PartitionHistory(0, 1000 + records, 1000, NOON, 1000 + records, arrival)
    return replace(ScalingState(), rates=Rates(time=NOON, partitions=(history,), per_replica=per_replica))


@pytest.mark.parametrize(
    ("state", "seconds"),
    [
        (ScalingState(), SPEC.interval),
        (waiting(0), SPEC.interval),
        (waiting(100), SPEC.interval),
        (waiting(300), CLOSER),
        (waiting(300, per_replica=90.0), SPEC.interval),
        (waiting(300, arrival=None), SPEC.interval),
    ],
    ids=["nothing seen", "nothing waits", "what lies between two commits", "falling behind", "known", "seen once"],
)
def test_the_next_look(state: ScalingState, seconds: float) -> None:
    assert next_look(SPEC, state) == seconds


def test_never_later_than_the_interval() -> None:
    assert next_look(ScalingSpec(interval=1.0), waiting(300)) == 1.0
