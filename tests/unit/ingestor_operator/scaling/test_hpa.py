"""The rival is played by the book: each sentence of KEDA's and Kubernetes' documentation, by example."""

import pytest
from bench.scaling.hpa import Cpu, Horizontal, Keda
from unit.ingestor_operator.scaling.seen import NOON, seen


def keda(lag: int, *, replicas: int, threshold: int = 100, even: bool = False, partitions: int = 12) -> int:
    observation = seen([lag, *[0] * (partitions - 1)], replicas=replicas)
    return Keda(Horizontal(1, 100), threshold, even).desired(observation, used=0.0)


@pytest.mark.parametrize(
    ("lag", "replicas", "desired"),
    [(250, 2, 3), (301, 2, 4), (219, 2, 2), (221, 2, 3), (90_000, 12, 12), (90_000, 6, 12), (90_000, 2, 6)],
    ids=[
        "ceil(lag / threshold)",
        "rounded up",
        "within ten percent",
        "beyond ten percent",
        "no more than partitions",
        "by 100 % at most",
        "or by four pods",
    ],
)
def test_keda_scales_up_by_lag(lag: int, replicas: int, desired: int) -> None:
    assert keda(lag, replicas=replicas) == desired


@pytest.mark.parametrize(("lag", "desired"), [(350, 4), (450, 6), (650, 12), (100, 1)])
def test_even_distribution_takes_the_next_divisor_of_the_partition_count(lag: int, desired: int) -> None:
    observation = seen([lag] + [0] * 11, replicas=8)
    scaler = Keda(Horizontal(1, 100), 100, even=True)
    scaler.desired(observation, used=0.0)
    later = seen([lag] + [0] * 11, replicas=8, time=NOON + 301)
    assert scaler.desired(later, used=0.0) == desired


def test_a_scale_down_goes_to_the_highest_recommendation_of_five_minutes() -> None:
    scaler = Keda(Horizontal(1, 100), 100)
    asked = [(0, 800), (15, 300), (200, 500), (299, 0), (301, 0), (495, 0), (501, 0)]
    answers = [scaler.desired(seen([lag] + [0] * 11, replicas=8, time=NOON + at), used=0.0) for at, lag in asked]
    assert answers == [8, 8, 8, 8, 5, 5, 1]


@pytest.mark.parametrize(
    ("used", "replicas", "ready", "desired"),
    [(0.7, 4, 4, 4), (0.75, 4, 4, 4), (0.9, 4, 4, 6), (1.0, 4, 4, 6), (1.0, 8, 7, 10), (1.0, 4, 3, 4)],
    ids=[
        "on target",
        "within ten percent",
        "ceil(current * used / target)",
        "use cannot say how far behind it is",
        "a pod that is not ready counts as idle",
        "which may leave nothing to scale up for",
    ],
)
def test_cpu(used: float, replicas: int, ready: int, desired: int) -> None:
    observation = seen([0] * 12, replicas=replicas, ready=ready)
    assert Cpu(Horizontal(1, 100)).desired(observation, used) == desired
