"""A spec that cannot be meant is refused; every number is brought within its bounds."""

from typing import Any

import pytest

from ingestor_operator.scaling import ScalingSpec


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"minimum": 0}, "want 1 <= min <= max"),
        ({"minimum": 4, "maximum": 3}, "want 1 <= min <= max"),
        ({"drain_target": 0}, "drain_target must be more than 0"),
        ({"scale_down_stabilization": -1}, "scale_down_stabilization must be more than 0"),
        ({"interval": 0}, "interval must be more than 0"),
        ({"pinned": -1}, "pinned replicas must be 0 or more"),
    ],
)
def test_a_wrong_spec_says_what_is_wrong(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ScalingSpec(**fields)


@pytest.mark.parametrize(
    ("replicas", "partitions", "bounded"),
    [(1, 12, 2), (5, 12, 5), (9, 12, 8), (9, 6, 6), (9, 0, 8), (1, 1, 1)],
    ids=["min", "between", "max", "partitions", "partitions not known", "fewer partitions than min"],
)
def test_bounds(replicas: int, partitions: int, bounded: int) -> None:
    assert ScalingSpec(minimum=2, maximum=8).bounded(replicas, partitions) == bounded
