"""An installation for the tests of plans."""

from typing import Any

import pytest
from unit.ingestor_operator.plan.cluster import World


@pytest.fixture
def world(make_resource: Any) -> World:
    """An installation where everything is done."""
    made = World(make_resource)
    made.settle()
    return made
