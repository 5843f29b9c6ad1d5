"""Overload is answered at once."""

import pytest

from ingestor_api.admission import Admission
from ingestor_api.errors import Problem


def test_beyond_the_bound_429_says_when_to_come_back() -> None:
    admission = Admission(1)
    with admission, pytest.raises(Problem) as refusal, admission:
        pass
    assert refusal.value.status_code == 429
    assert refusal.value.headers == {"Retry-After": "1"}


def test_a_place_is_free_again_however_its_work_ended() -> None:
    admission = Admission(1)
    for _ in range(3):
        with pytest.raises(RuntimeError), admission:
            raise RuntimeError
    with admission:
        pass
