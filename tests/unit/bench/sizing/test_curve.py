"""What a component takes at a rate that nobody measured."""

import pytest
from bench.sizing.curve import cores
from bench.sizing.measured import Component
from unit.bench.sizing.examples import measured

MEASURED = measured((100.0, 0.3), (500.0, 0.5), idle=0.1)


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 0.1), (100.0, 0.3), (500.0, 0.5)])
def test_at_a_rate_that_was_measured_it_is_what_was_measured(rate: float, expected: float) -> None:
    assert cores(MEASURED, Component.API, rate) == pytest.approx(expected)


@pytest.mark.parametrize(("rate", "expected"), [(50.0, 0.2), (300.0, 0.4)])
def test_between_measured_rates_it_is_on_a_straight_line(rate: float, expected: float) -> None:
    assert cores(MEASURED, Component.KAFKA, rate) == pytest.approx(expected)


def test_beyond_the_highest_rate_an_event_costs_what_it_cost_there() -> None:
    assert cores(MEASURED, Component.POSTGRES, 5_000.0) == pytest.approx(5.0)


def test_a_rate_that_was_not_reached_stands_where_it_was() -> None:
    slower = measured((500.0, 0.5), (100.0, 0.3), idle=0.1)
    assert cores(slower, Component.API, 300.0) == pytest.approx(0.4)
