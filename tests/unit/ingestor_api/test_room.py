"""What all connections take together stays within its bound, and those that wait longest give way first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.room import Room

LIMIT = 20
STEPS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12), st.booleans(), st.booleans()), max_size=60)
"""Who takes how much, whether it waits, and whether it is gone instead."""


@given(steps=STEPS)
def test_no_more_is_held_than_the_bound_but_by_those_that_do_not_wait(
    steps: list[tuple[int, int, bool, bool]],
) -> None:
    held: dict[int, int] = {}
    waiting: list[int] = []
    gave_way: list[int] = []
    room: Room[int] = Room(LIMIT, gave_way.append)
    for holder, size, waits, is_gone in steps:
        gave_way.clear()
        held.pop(holder, None)
        if is_gone or not (waits and size):
            waiting = [each for each in waiting if each != holder]
        elif holder not in waiting:
            waiting.append(holder)
        if is_gone:
            room.release(holder)
            continue
        held[holder] = size
        has_room = room.hold(holder, size, waits=waits)
        expected = []
        while sum(held.values()) > LIMIT and waiting:
            expected.append(waiting.pop(0))
            del held[expected[-1]]
        assert gave_way == expected
        assert has_room == (sum(held.values()) <= LIMIT)
        if not has_room:
            # Whoever is told so takes nothing.
            room.release(holder)
            held.pop(holder, None)


def test_who_gives_way_may_keep_a_part() -> None:
    """The requests that came whole before the one that does not come."""
    room: Room[str] = Room(10, lambda holder: kept.append(room.hold(holder, 2, waits=False)))
    kept: list[bool] = []
    room.hold("first", 5, waits=True)
    room.hold("second", 5, waits=True)
    assert room.hold("third", 3, waits=False)
    assert kept == [True]
    assert room.hold("fourth", 3, waits=False)
    assert kept == [True, True]
    assert not room.hold("fifth", 1, waits=False)


def test_any_number_may_be_asked_and_keep_all_of_it() -> None:
    """Bodies that have come whole and are not read yet: as many as there are connections."""
    count = 5000
    asked: list[int] = []

    def keep(holder: int) -> None:
        asked.append(holder)
        room.hold(holder, 1, waits=False)

    room: Room[int] = Room(count, keep)
    for holder in range(count):
        room.hold(holder, 1, waits=True)
    assert not room.hold(count, 1, waits=False)
    assert asked == list(range(count))


def test_room_is_made_again_where_one_that_should_give_way_failed() -> None:
    def fail_once(holder: str) -> None:
        if holder == "first":
            raise ValueError("gives no way")

    room: Room[str] = Room(10, fail_once)
    room.hold("first", 5, waits=True)
    room.hold("second", 5, waits=True)
    with pytest.raises(ValueError, match="gives no way"):
        room.hold("third", 6, waits=False)
    assert room.hold("third", 6, waits=False)
