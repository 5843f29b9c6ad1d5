"""Lag is known, uncommitted or unknown, and nothing in between."""

import pytest

from ingestor_operator.scaling import UNCOMMITTED, GroupState, LagState, Observation, PartitionOffsets


@pytest.mark.parametrize(
    ("start", "end", "committed", "state", "lag"),
    [
        (0, 100, 40, LagState.KNOWN, 60),
        (0, 100, 100, LagState.KNOWN, 0),
        (50, 100, 40, LagState.KNOWN, 50),
        (0, 0, UNCOMMITTED, LagState.KNOWN, 0),
        (100, 100, UNCOMMITTED, LagState.KNOWN, 0),
        (0, 100, UNCOMMITTED, LagState.UNCOMMITTED, None),
        (0, 100, 101, LagState.UNKNOWN, None),
        (None, 100, 40, LagState.UNKNOWN, None),
        (0, None, 40, LagState.UNKNOWN, None),
        (0, 100, None, LagState.UNKNOWN, None),
    ],
    ids=[
        "behind",
        "caught up",
        "records removed by retention are not waiting",
        "an empty partition without a commit has no lag",
        "so has one that retention emptied",
        "records and no commit",
        "committed beyond the end: the topic was recreated",
        "start not read",
        "end not read",
        "committed not read",
    ],
)
def test_lag_of_a_partition(
    start: int | None, end: int | None, committed: int | None, state: LagState, lag: int | None
) -> None:
    offsets = PartitionOffsets(0, start, end, committed)
    assert (offsets.lag_state, offsets.lag) == (state, lag)


KNOWN = PartitionOffsets(0, 0, 100, 40)
FRESH = PartitionOffsets(1, 0, 100, UNCOMMITTED)
UNREAD = PartitionOffsets(2, None, None, None)


@pytest.mark.parametrize(
    ("partitions", "state", "lag"),
    [
        ((KNOWN, KNOWN), LagState.KNOWN, 120),
        ((KNOWN, FRESH), LagState.UNCOMMITTED, None),
        ((KNOWN, FRESH, UNREAD), LagState.UNKNOWN, None),
        ((), LagState.UNKNOWN, None),
    ],
)
def test_the_group_knows_its_lag_only_if_every_partition_does(
    partitions: tuple[PartitionOffsets, ...], state: LagState, lag: int | None
) -> None:
    observation = Observation(0.0, 1, 1, GroupState.STABLE, partitions)
    assert (observation.lag_state, observation.lag) == (state, lag)


def test_a_position_that_was_not_read_is_refused() -> None:
    with pytest.raises(ValueError, match="partition 2 has offsets that were not read"):
        _ = UNREAD.position
