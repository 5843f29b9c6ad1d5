"""What the installation guide says about sizes is what was measured, and what follows from it."""

from pathlib import Path

import pytest
from bench.sizing import tables
from bench.sizing.measured import Component
from bench.sizing.measuring import POOL_CONNECTIONS
from bench.sizing.results import FILE, read, results

from ingestor_operator.model.api import API_RESOURCES
from ingestor_operator.model.consumer import CONSUMER_RESOURCES
from ingestor_operator.model.pods import Resources
from ingestor_operator.model.quantity import quantity

PAGE = (Path(__file__).parents[4] / "docs/operations/install.md").read_text()
RESULTS = read(FILE)


def test_the_file_holds_what_follows_from_what_was_measured() -> None:
    assert results(RESULTS.measured) == RESULTS


def test_the_page_shows_every_table() -> None:
    for lines in tables.all_tables(RESULTS):
        assert "\n".join(lines) in PAGE


def test_the_page_says_how_many_connections_a_pod_opens() -> None:
    of_api, of_consumer = (POOL_CONNECTIONS[part] for part in (Component.API, Component.CONSUMER))
    assert f"opens at most {of_api} connections to Postgres, a consumer {of_consumer}." in " ".join(PAGE.split())
    assert RESULTS.measured.pool_connections == POOL_CONNECTIONS


@pytest.mark.parametrize(
    ("component", "defaults", "needed"),
    [
        (Component.API, API_RESOURCES, RESULTS.sizing[0].api_millicores),
        (Component.CONSUMER, CONSUMER_RESOURCES, RESULTS.sizing[0].consumer_millicores),
    ],
)
def test_what_the_operator_asks_for_by_default_is_enough_for_the_first_row(
    component: Component, defaults: Resources, needed: int
) -> None:
    asked = {name: quantity(value) for name, value in (defaults.requests or {}).items()}
    assert asked["cpu"] is not None
    assert 1000 * asked["cpu"] >= needed
    assert asked["memory"] is not None
    assert asked["memory"] >= RESULTS.measured.memory_bytes[component]
