"""The ad-hoc query says what the independent oracle says, whatever is asked of whichever world."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration.reports.query.answering import EVENTFUL, QUERIES_OF_A_WORLD, SLOW, answer
from integration.reports.told import tell_anew
from oracle.call_strategies import filters, queries
from oracle.histories import histories
from oracle.query import Query, answer_query
from oracle.query_dimensions import DIMENSIONS
from oracle.query_measures import MEASURES
from oracle.strategies import worlds
from oracle.world import World

from ingestor_api.reports.query.dimensions import DIMENSIONS as KNOWN_DIMENSIONS
from ingestor_api.reports.query.measures import MEASURES as KNOWN_MEASURES
from ingestor_common.store.pool import Pool


def test_the_oracle_and_the_product_know_the_same_names() -> None:
    assert set(KNOWN_MEASURES) == set(MEASURES)
    assert set(KNOWN_DIMENSIONS) == set(DIMENSIONS)


@pytest.mark.long
@given(world=worlds(), data=st.data())
@SLOW
async def test_any_query_agrees_with_the_oracle(store: Pool, reader: Pool, world: World, data: st.DataObject) -> None:
    await tell_anew(store, data.draw(histories(world), label="history"))
    for _ in range(QUERIES_OF_A_WORLD):
        query = data.draw(queries(), label="query")
        assert await answer(reader, query) == answer_query(world, query)


@pytest.mark.long
@given(world=EVENTFUL, data=st.data())
@settings(SLOW, max_examples=3)
async def test_every_measure_agrees_alone_and_by_every_dimension(
    store: Pool, reader: Pool, world: World, data: st.DataObject
) -> None:
    await tell_anew(store, data.draw(histories(world), label="history"))
    for measure in MEASURES:
        for dimensions in ((), *((dimension,) for dimension in DIMENSIONS)):
            query = Query((measure,), dimensions)
            assert await answer(reader, query) == answer_query(world, query), query


@given(world=EVENTFUL, data=st.data())
@settings(SLOW, max_examples=3)
async def test_all_measures_together_are_what_each_is_alone(
    store: Pool, reader: Pool, world: World, data: st.DataObject
) -> None:
    await tell_anew(store, data.draw(histories(world), label="history"))
    for dimension in DIMENSIONS:
        query = Query(MEASURES, (dimension,), filters=data.draw(filters()))
        assert await answer(reader, query) == answer_query(world, query), query
