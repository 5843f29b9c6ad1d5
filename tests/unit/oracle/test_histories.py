"""A history tells everything of its world, the final catalog last."""

from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.histories import histories
from oracle.strategies import worlds
from oracle.world import Catalog, World


@settings(max_examples=50, deadline=None)
@given(worlds(), st.data())
def test_a_history_stores_every_event_in_order_and_ends_with_the_worlds_catalog(
    world: World, data: st.DataObject
) -> None:
    steps = data.draw(histories(world))
    stored = [event for step in steps if not isinstance(step, Catalog) for event in step]
    assert tuple(stored) == world.events
    assert [step for step in steps if isinstance(step, Catalog)][-1] is world.catalog
