"""A number and its noun agree."""

import pytest

from ingestor_common.counted_nouns import counted_noun


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 records"), (1, "1 record"), (2, "2 records"), (11, "11 records"), (1_500, "1,500 records")],
)
def test_only_one_is_singular(count: int, told: str) -> None:
    assert counted_noun(count, "record") == told


def test_the_verb_agrees_too() -> None:
    assert counted_noun(1, "record waits", "records wait") == "1 record waits"
    assert counted_noun(2, "record waits", "records wait") == "2 records wait"
