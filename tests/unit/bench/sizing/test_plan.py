"""What an installation needs, worked out by hand and held for any load."""

import math
from dataclasses import replace

import pytest
from bench.sizing.curve import cores
from bench.sizing.measured import Component
from bench.sizing.plan import Assumptions, Load, Sizing, events_a_week, sizing
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.bench.sizing.examples import measured

# A millisecond of CPU an event in every component, whatever the rate; a consumer drains 1,000 a second.
EVEN = measured((100.0, 0.1), (1_000.0, 1.0))
# What is held for any load says nothing about time.
untimed = settings(deadline=None)
ordinary_rates = st.integers(60, 200_000)
peaks = st.integers(1, 10)


def test_a_worked_example() -> None:
    # 1,000 events a second. At half a core each: two API pods. At half a consumer's rate: two consumers, and for ten
    # times the rate 20, with as many to spare 40. A week has 6 * 5 hours: 108 million events.
    assert sizing(EVEN, Load(1_000, 60_000, 60_000)) == Sizing(
        events_a_minute=60_000,
        schools=1_000,
        partitions=48,
        api_pods=2,
        api_millicores=1_000,
        consumers_min=2,
        consumers_busy=2,
        consumers_max=48,
        consumer_millicores=1_000,
        kafka_cpus=2.0,
        kafka_memory_gib=2,
        kafka_disk_gb=87,  # 108 million * 400 bytes, and as much free
        postgres_cpus=10.0,  # 48 consumers with a backlog take 0.2 cores each; the rate takes one, at half use two
        postgres_memory_gib=8,  # an hour has 1.8 GB, in 2 GiB of shared buffers
        postgres_gb_a_year=2_052,  # 38 weeks * 108 million * 500 bytes
        connections=3 * 18 + 49 * 3 + 10,
    )


def test_a_peak_is_carried_by_all_parts_and_lasts_an_hour_a_week() -> None:
    ordinary, peak = (sizing(EVEN, Load(1_000, carried, 60_000)) for carried in (60_000, 600_000))
    assert (peak.partitions, peak.consumers_min, peak.consumers_max) == (48, 2, 48)
    assert (peak.consumers_busy, peak.api_pods, peak.postgres_cpus, peak.kafka_cpus) == (20, 20, 20.0, 20.0)
    # An hour more of 9,000 a second beside 30 hours of 1,000.
    assert peak.postgres_gb_a_year / ordinary.postgres_gb_a_year == pytest.approx((30 + 9) / 30, rel=0.001)


def test_idle_costs_are_shared_by_the_events_there_are() -> None:
    with_idle = measured((100.0, 0.2), (1_000.0, 1.1), idle=0.1)
    few, many = (sizing(with_idle, Load(1, carried, carried)) for carried in (600, 60_000))
    assert few.api_millicores == 250  # two pods of five events a second: 0.105 cores each at half use
    assert many.api_pods == 3


def test_a_volume_follows_from_the_lesson_hours() -> None:
    load = Load(1, 1_000, 1_000)
    assert events_a_week(load, Assumptions(lesson_hours=24.0, school_days=7)) == 7 * 24 * 60 * 1_000


@untimed
@given(ordinary=ordinary_rates, peak=peaks)
def test_nothing_is_planned_to_be_used_beyond_the_target(ordinary: int, peak: int) -> None:
    carried = ordinary * peak
    found, rate = sizing(EVEN, Load(1, carried, ordinary)), carried / 60
    assert cores(EVEN, Component.API, rate / found.api_pods) <= min(0.5, found.api_millicores / 2000 + 1e-9)
    assert rate / found.consumers_busy <= EVEN.backlog.rate / 2
    assert cores(EVEN, Component.KAFKA, rate) <= found.kafka_cpus / 2 + 1e-9
    assert cores(EVEN, Component.POSTGRES, rate) <= found.postgres_cpus / 2 + 1e-9


@untimed
@given(ordinary=ordinary_rates, peak=peaks)
def test_there_is_a_partition_for_every_consumer_and_an_api_pod_to_lose(ordinary: int, peak: int) -> None:
    found = sizing(EVEN, Load(1, ordinary * peak, ordinary))
    assert 1 <= found.consumers_min <= found.consumers_busy <= found.consumers_max <= found.partitions
    assert math.log2(found.partitions / 3).is_integer()
    assert found.api_pods >= 2


@untimed
@given(ordinary=ordinary_rates, more=st.integers(1, 100_000))
def test_more_events_never_need_less(ordinary: int, more: int) -> None:
    less_of, more_of = (sizing(EVEN, Load(1, rate, rate)) for rate in (ordinary, ordinary + more))
    for field in ("partitions", "api_pods", "consumers_busy", "kafka_disk_gb", "postgres_memory_gib", "connections"):
        assert getattr(less_of, field) <= getattr(more_of, field)


def test_a_slower_consumer_needs_more_partitions() -> None:
    load = Load(1, 60_000, 60_000)
    assert sizing(replace(EVEN, backlog=measured(drained=500.0).backlog), load).partitions == 96


def test_more_brokers_share_the_replicas() -> None:
    load = Load(1_000, 60_000, 60_000)
    three, six = sizing(EVEN, load), sizing(EVEN, load, Assumptions(brokers=6))
    assert six.kafka_cpus == three.kafka_cpus / 2
    assert six.kafka_disk_gb == pytest.approx(three.kafka_disk_gb / 2, abs=1)
