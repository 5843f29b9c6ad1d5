"""A setting is compared as Kafka reads it, however it was written."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.kafka.settings import is_same_setting, whole_number

BLANKS = st.text(st.sampled_from(" \t\n\r\x01\x1f"), max_size=3)
LONGS = st.integers(-(2**63), 2**63 - 1)


@given(LONGS, BLANKS, BLANKS, st.integers(0, 5))
def test_a_number_may_be_written_with_blanks_zeros_and_a_plus(number: int, before: str, after: str, zeros: int) -> None:
    sign = "-" if number < 0 else "+"
    for text in (f"{before}{number}{after}", f"{before}{sign}{'0' * zeros}{abs(number)}{after}"):
        assert is_same_setting(text, str(number))
        assert whole_number(text) == number


@given(LONGS, LONGS)
def test_numbers_are_the_same_only_where_they_are_equal(one: int, other: int) -> None:
    assert is_same_setting(str(one), str(other)) == (one == other)


@given(st.sampled_from(["true", "false"]), st.data(), BLANKS, BLANKS)
def test_a_boolean_may_be_written_in_any_case(word: str, data: st.DataObject, before: str, after: str) -> None:
    text = "".join(data.draw(st.sampled_from([letter, letter.upper()])) for letter in word)
    assert is_same_setting(f"{before}{text}{after}", word)
    assert not is_same_setting(text, "false" if word == "true" else "true")


@given(st.floats(min_value=0.001, max_value=1000), BLANKS, st.integers(0, 3))
def test_a_fraction_may_be_written_in_every_usual_manner(number: float, blanks: str, zeros: int) -> None:
    # Between these bounds Java shows a fraction as Python does.
    shown = repr(number)
    for text in (f"{blanks}{shown}{'0' * zeros}", f"+{shown}", f"{number:.17e}", f"{shown}d"):
        assert is_same_setting(text, shown)


ITEMS = st.lists(st.text("abc:*0", min_size=1, max_size=4), min_size=1, max_size=4, unique=True)


@given(ITEMS, st.randoms(use_true_random=False), BLANKS)
def test_a_list_may_be_written_in_any_order(items: list[str], random: Random, blanks: str) -> None:
    mixed = random.sample(items, len(items))
    assert is_same_setting(f"{blanks},{blanks}".join(mixed), ",".join(items))
    assert not is_same_setting(",".join([*mixed, "d"]), ",".join(items))


@given(st.text(), st.text())
def test_whatever_is_asked_and_shown_it_is_an_answer(wanted: str, present: str) -> None:
    assert is_same_setting(wanted, present) in (True, False)
    assert is_same_setting(present, present)


@pytest.mark.parametrize(
    ("wanted", "present"),
    [("1_000", "1000"), ("1e3", "1000"), ("yes", "true"), ("x", ""), ("delete", "delete,compact"), ("9" * 5000, "9")],
)
def test_what_kafka_refuses_or_reads_otherwise_is_another_setting(wanted: str, present: str) -> None:
    assert not is_same_setting(wanted, present)
