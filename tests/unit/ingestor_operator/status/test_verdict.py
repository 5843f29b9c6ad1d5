"""Whatever is said becomes one bounded line of a condition."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.status.verdict import LONGEST, Verdict, condition

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def told(message: str) -> str:
    return condition("Ready", Verdict("False", "ApplyFailed", message), None, 1, NOON).message


@given(st.text() | st.text(min_size=LONGEST))
def test_a_condition_is_one_bounded_line(message: str) -> None:
    assert told(message).isprintable()
    assert len(told(message)) <= LONGEST


@given(st.text(min_size=1))
def test_what_was_said_once_is_said_the_same_again(message: str) -> None:
    assert told(told(message)) == told(message)


def test_a_long_refusal_keeps_its_beginning() -> None:
    assert told("Deployment is invalid:\n* one\n* two.") == "Deployment is invalid: * one * two."
    assert told("x" * 100_000) == "x" * (LONGEST - 1) + "…"
