"""The time of a record is found by asking, whatever the log's times are; a search always ends."""

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.oldest import PRECISION_SECONDS, Search
from ingestor_common.kafka import Place

NOW = 1_790_000_000.0
QUESTIONS = 80


def answer(times: list[float], start: int, asked: float) -> Place:
    """The first record that is as late as `asked`, as a broker finds it."""
    found = next((number for number, time in enumerate(times) if time >= asked), None)
    return Place(None, -0.001) if found is None else Place(start + found, times[found])


def search(times: list[float], start: int, offset: int) -> Search:
    looking = Search(offset, NOW, NOW)
    for _ in range(QUESTIONS):
        if looking.is_done:
            return looking
        asked = looking.question()
        looking.learn(asked, answer(times, start, asked))
    raise AssertionError(f"not done after {QUESTIONS} questions")


ages = st.floats(0, 400 * 86_400, allow_nan=False)


@given(st.lists(ages, min_size=1, max_size=50), st.integers(0, 10_000), st.data())
def test_of_a_log_in_order_the_time_is_found_to_the_second(found: list[float], start: int, data: st.DataObject) -> None:
    times = sorted(NOW - age for age in found)
    index = data.draw(st.integers(0, len(times) - 1))
    # Of several records of one time, brokers name the first.
    first = bisect_left(times, times[index])

    looking = search(times, start, start + first)

    assert looking.found is not None or NOW - times[first] <= PRECISION_SECONDS
    if looking.found is not None:
        assert abs(looking.found - times[first]) <= PRECISION_SECONDS


@given(st.lists(st.floats(0, 2 * NOW), max_size=30), st.integers(0, 40))
def test_a_search_ends_whatever_times_the_records_claim(times: list[float], offset: int) -> None:
    search(times, 0, offset)
