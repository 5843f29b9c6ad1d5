"""An allowance fills up again, and is kept in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.auth.allowance import Allowance, Allowances, key_of

ALLOWANCE = Allowance(10, 12.0)
KEY = key_of("ada")


class Clock:
    """Stands still until a test turns it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_the_burst_one_is_left_each_time_that_the_seconds_have_passed() -> None:
    clock = Clock()
    allowances = Allowances(ALLOWANCE, clock)
    for _ in range(ALLOWANCE.burst):
        assert allowances.wait(KEY) == 0
        allowances.use(KEY)
    for _ in range(3):
        assert allowances.wait(KEY) == ALLOWANCE.seconds
        clock.now += ALLOWANCE.seconds
        assert allowances.wait(KEY) == 0
        allowances.use(KEY)


@given(st.lists(st.floats(0, 300), max_size=200))
def test_never_more_is_used_than_the_burst_and_what_has_filled_up(pauses: list[float]) -> None:
    clock = Clock()
    allowances = Allowances(ALLOWANCE, clock)
    used: list[float] = []
    for pause in pauses:
        clock.now += pause
        if allowances.wait(KEY) == 0:
            allowances.use(KEY)
            used.append(clock.now)
    for first, start in enumerate(used):
        for count, end in enumerate(used[first:], 1):
            assert count <= ALLOWANCE.burst + (end - start) / ALLOWANCE.seconds + 1e-6


def test_a_key_that_is_full_again_is_forgotten() -> None:
    clock = Clock()
    allowances = Allowances(ALLOWANCE, clock)
    for number in range(100):
        allowances.use(key_of(str(number)))
    clock.now += ALLOWANCE.seconds + 1
    allowances.use(KEY)
    assert len(allowances) == 1


@given(st.integers(1, 50), st.lists(st.text(), max_size=200))
def test_no_more_keys_are_kept_than_allowed(most: int, names: list[str]) -> None:
    allowances = Allowances(ALLOWANCE, Clock(), most)
    for name in names:
        allowances.use(key_of(name))
        assert len(allowances) <= most


@given(st.lists(st.text(), max_size=4))
def test_a_key_has_one_size_whatever_it_stands_for(names: list[str]) -> None:
    assert len(key_of(*names)) == len(KEY)
