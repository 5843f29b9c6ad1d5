"""Overload is answered at once."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.admission import Admission, HeldBytes, Share
from ingestor_api.errors import Problem


def test_beyond_the_bound_429_says_when_to_come_back() -> None:
    admission = Admission(1)
    with admission.inside(), pytest.raises(Problem) as refusal, admission.inside():
        pass
    assert refusal.value.status_code == 429
    assert refusal.value.headers == {"Retry-After": "1"}


def test_a_place_is_free_again_however_its_work_ended() -> None:
    admission = Admission(1)
    for _ in range(3):
        with pytest.raises(RuntimeError), admission.inside():
            raise RuntimeError
    with admission.inside():
        pass


def test_bodies_are_bounded_by_what_they_are_together() -> None:
    bodies = HeldBytes(100)
    first, second = Share(bodies), Share(bodies)
    first.cover(60)
    second.cover(40)
    with pytest.raises(Problem) as refusal:
        second.cover(41)
    assert refusal.value.status_code == 429
    assert "requests of 100 bytes are being worked on" in refusal.value.detail
    first.end()
    second.cover(100)


def test_a_share_that_grows_counts_once() -> None:
    bodies = HeldBytes(100)
    share = Share(bodies)
    for size in (10, 70, 70, 100):
        share.cover(size)
    share.end()
    Share(bodies).cover(100)


def test_a_part_has_its_own_bound_and_counts_in_the_whole() -> None:
    whole = HeldBytes(100)
    part = HeldBytes(30, whole)
    of_part, of_whole = Share(part), Share(whole)
    with pytest.raises(Problem):
        of_part.cover(31)
    of_part.cover(30)
    with pytest.raises(Problem):
        of_whole.cover(71)
    of_whole.cover(70)
    of_part.end()
    of_whole.cover(100)
    # What the whole has no room for is not held in the part either.
    with pytest.raises(Problem):
        of_part.cover(1)
    of_whole.end()
    of_part.cover(30)


LIMIT, PART_LIMIT = 20, 12
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["more", "unread", "whole", "end"]), st.integers(1, 12)), max_size=60
)
"""Whose step it is, what happens, and how many bytes that adds."""


class _Sender:
    """A request as its connection sees it."""

    def __init__(self, held: HeldBytes, *, is_of_part: bool) -> None:
        self.share = Share(held, self._refuse)
        self.is_of_part = is_of_part
        self.size = 0
        self.waits_since: int | None = None
        self.has_come = False
        self.gave_way = False

    def _refuse(self) -> bool:
        assert not self.gave_way
        self.gave_way = not self.has_come
        return self.gave_way


def _has_room(senders: Iterable[_Sender]) -> bool:
    held = list(senders)
    of_part = sum(sender.size for sender in held if sender.is_of_part)
    return sum(sender.size for sender in held) <= LIMIT and of_part <= PART_LIMIT


@given(steps=STEPS)
def test_bodies_that_do_not_come_give_way_in_the_order_of_their_waiting_and_those_that_have_come_never(
    steps: list[tuple[int, str, int]],
) -> None:
    whole = HeldBytes(LIMIT)
    part = HeldBytes(PART_LIMIT, whole)
    live: dict[int, _Sender] = {}
    for now, (name, kind, size) in enumerate(steps):
        is_of_part = name % 2 == 0
        sender = live.setdefault(name, _Sender(part if is_of_part else whole, is_of_part=is_of_part))
        if kind == "end":
            live.pop(name).share.end()
            continue
        if kind == "unread" or sender.has_come:
            sender.has_come = True
            continue
        sender.has_come = kind == "whole"
        sender.size += size
        sender.waits_since = now
        had_room = _has_room(live.values())
        try:
            sender.share.cover(sender.size, waits=kind == "more")
        except Problem:
            # Only where nobody is left who could give way.
            full = [each for each in live.values() if each is sender or (each.has_come and not each.gave_way)]
            assert not _has_room(full)
            del live[name]
        gone = [each for each in live.values() if each.gave_way]
        assert not (had_room and gone)
        live = {each: left for each, left in live.items() if not left.gave_way}
        assert _has_room(live.values())
        for left in live.values():
            for one in gone:
                is_spared = left.has_come or left.waits_since is None or (one.is_of_part and not left.is_of_part)
                assert is_spared or (left.waits_since or 0) > (one.waits_since or 0)


def test_a_request_that_gave_way_holds_nothing_any_more() -> None:
    bodies = HeldBytes(100)
    slow = Share(bodies, lambda: True)
    slow.cover(100, waits=True)
    Share(bodies).cover(100)
    # Its route has not learned of it yet.
    slow.cover(100)
    slow.end()
    with pytest.raises(Problem):
        Share(bodies).cover(1)


def test_what_has_come_but_for_the_reading_does_not_give_way() -> None:
    bodies = HeldBytes(100)
    come = Share(bodies, lambda: False)
    come.cover(100, waits=True)
    with pytest.raises(Problem):
        Share(bodies).cover(1)
    come.cover(100)


def test_of_bodies_that_all_go_on_coming_some_come_whole_though_there_is_no_room_for_all() -> None:
    """Where the first to begin gave way, each would in its turn, and none would ever come whole."""
    bodies = HeldBytes(240)
    coming: list[_Sender] = [_Sender(bodies, is_of_part=False) for _ in range(20)]
    come = 0
    for _ in range(200):
        for place, sender in enumerate(coming):
            if sender.gave_way or sender.size == 50:
                come += not sender.gave_way
                sender.share.end()
                # Its client begins another one at once.
                coming[place] = sender = _Sender(bodies, is_of_part=False)
            sender.size += 1
            sender.share.cover(sender.size, waits=sender.size < 50)
    assert come > 0


def test_a_body_that_goes_on_coming_stays_where_one_that_does_not_is_left() -> None:
    bodies = HeldBytes(100)
    coming, stalled = [_Sender(bodies, is_of_part=False) for _ in range(2)]
    coming.share.cover(10, waits=True)
    stalled.share.cover(50, waits=True)
    coming.share.cover(50, waits=True)
    Share(bodies).cover(10)
    assert (coming.gave_way, stalled.gave_way) == (False, True)


def test_any_number_of_bodies_may_have_come_and_not_be_read_yet() -> None:
    """They come at once where the process stood still for a moment, and none is refused for another."""
    part_limit = 3000
    bodies = HeldBytes(part_limit, HeldBytes(2 * part_limit))
    coming = [_Sender(bodies, is_of_part=True) for _ in range(part_limit)]
    for sender in coming:
        sender.share.cover(1, waits=True)
        sender.has_come = True
    with pytest.raises(Problem):
        coming[0].share.cover(2)
    assert not any(sender.gave_way for sender in coming)
