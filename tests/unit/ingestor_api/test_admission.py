"""Overload is answered at once."""

import pytest

from ingestor_api.admission import Admission
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
        with pytest.raises(RuntimeError), admission.inside(7):
            raise RuntimeError
    with admission.inside():
        pass


def test_large_bodies_are_bounded_by_what_they_are_together() -> None:
    admission = Admission(10, max_bytes=100)
    with admission.inside(60), admission.inside(40):
        with pytest.raises(Problem) as refusal, admission.inside(1):
            pass
        assert refusal.value.status_code == 429
        assert "requests of 100 bytes are being worked on" in refusal.value.detail
    with admission.inside(60), admission.inside(40):
        pass


def test_a_body_may_always_come_in_alone() -> None:
    with Admission(10, max_bytes=100).inside(200):
        pass
