"""Splitting ends with every good item stored and only single ones refused, whatever the rule by which parts fail."""

import math
from collections.abc import Sequence

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.store.halves import store_by_halves


class Store:
    """Refuses a part that has a bad item in it, or more of the conflicting ones than go together."""

    def __init__(self, bad: set[int], conflicting: set[int], together: int) -> None:
        self._bad, self._conflicting, self._together = bad, conflicting, together
        self.kept: list[int] = []
        self.refused: list[int] = []
        self.parts = 0

    async def keep(self, part: Sequence[int]) -> None:
        self.parts += 1
        if self._bad.intersection(part):
            raise asyncpg.CheckViolationError
        if len(self._conflicting.intersection(part)) > self._together:
            raise asyncpg.NumericValueOutOfRangeError
        self.kept += part

    async def refuse(self, item: int, error: Exception) -> None:
        self.refused.append(item)


@given(
    size=st.integers(0, 70),
    bad=st.sets(st.integers(0, 69), max_size=6),
    conflicting=st.sets(st.integers(0, 69)),
    together=st.integers(1, 5),
)
async def test_every_good_item_is_stored_and_only_the_bad_ones_are_refused(
    size: int, bad: set[int], conflicting: set[int], together: int
) -> None:
    store = Store(bad, conflicting, together)
    await store_by_halves(range(size), store.keep, store.refuse)
    assert store.refused == sorted(bad & set(range(size)))
    assert store.kept == [item for item in range(size) if item not in bad]


@given(size=st.integers(1, 500), bad=st.integers(0, 499))
async def test_one_bad_item_costs_two_transactions_for_each_halving(size: int, bad: int) -> None:
    store = Store({bad % size}, set(), 1)
    await store_by_halves(range(size), store.keep, store.refuse)
    assert store.parts <= 1 + 2 * math.ceil(math.log2(size))


async def test_what_is_not_about_the_items_is_raised_with_the_parts_before_it_stored() -> None:
    store = Store({0}, set(), 1)

    async def keep(part: Sequence[int]) -> None:
        if part[0] == 2:
            raise ConnectionRefusedError
        await store.keep(part)

    with pytest.raises(ConnectionRefusedError):
        await store_by_halves(range(4), keep, store.refuse)
    assert (store.kept, store.refused) == ([1], [0])
