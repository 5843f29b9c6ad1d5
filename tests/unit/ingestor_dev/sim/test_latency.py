import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_dev.sim.latency import Latencies, Percentiles


def test_nothing_measured_has_no_percentiles() -> None:
    assert Latencies().percentiles() == Percentiles(None, None, None)


@given(st.lists(st.floats(0.0002, 100.0), min_size=1))
def test_percentiles_are_exact_to_a_tenth(durations: list[float]) -> None:
    latencies = Latencies()
    for seconds in durations:
        latencies.add(seconds)
    found = latencies.percentiles()
    ordered = sorted(durations)
    for share, percentile in ((0.50, found.p50), (0.95, found.p95), (0.99, found.p99)):
        exact = ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
        assert percentile is not None
        assert exact / 1.11 <= percentile <= exact * 1.11


def test_a_duration_beyond_the_scale_counts_as_its_end() -> None:
    latencies = Latencies()
    latencies.add(10_000.0)
    assert latencies.percentiles().p50 == pytest.approx(147, rel=0.01)
