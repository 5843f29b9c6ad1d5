"""Overload is answered at once."""

import pytest

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
