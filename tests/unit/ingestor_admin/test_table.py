"""Columns line up, numbers to the right."""

from ingestor_admin.table import table


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    assert table(("partition", "member"), [(0, "a"), (11, "another")]).splitlines() == [
        "partition  member",
        "        0  a",
        "       11  another",
    ]


def test_what_is_unknown_is_a_dash() -> None:
    assert table(("lag", "member"), [(None, "a"), (3, None)]).splitlines() == ["lag  member", "  -  a", "  3  -"]
