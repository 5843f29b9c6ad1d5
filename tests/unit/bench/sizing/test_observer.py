"""What happened between two looks at the stack."""

import pytest
from bench.sizing.measured import Component
from bench.sizing.observer import Look, between
from bench.sizing.storage import Progress

BEFORE = Look(100.0, {Component.API: 5.0, Component.KAFKA: 10.0}, Progress(1_000, 980), (5_000, 1))
AFTER = Look(
    110.0, {Component.API: 6.5, Component.CONSUMER: 2.0, Component.KAFKA: 14.0}, Progress(3_040, 2_980), (9_000, 3)
)


def test_a_stage_is_the_difference_of_two_looks() -> None:
    stage = between(BEFORE, AFTER)
    assert (stage.events, stage.rate) == (2_000, 200.0)
    assert stage.cores(Component.KAFKA) == pytest.approx(0.4)
    assert stage.cpu_per_thousand(Component.API) == pytest.approx(0.75)
    assert (stage.wal_bytes, stage.wal_full_pages) == (4_000, 2)


def test_a_part_that_was_away_at_one_of_the_looks_is_left_out() -> None:
    assert Component.CONSUMER not in between(BEFORE, AFTER).cpu_seconds
