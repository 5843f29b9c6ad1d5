"""Every spelling of an address is one account, and other addresses are others."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spelling import spellings

from ingestor_common.addresses import fold, parse, parse_internet

ADDRESS = "ilse.kiss-7@school.example"
CASED = [letter for letter in map(chr, range(sys.maxunicode + 1)) if len({letter, letter.upper(), letter.lower()}) > 1]


@given(spellings(ADDRESS))
def test_however_an_address_is_spelled_it_folds_to_the_same(spelling: str) -> None:
    assert fold(spelling) == ADDRESS


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_letters_that_differ_by_case_alone_fold_to_the_same() -> None:
    different = [letter for letter in CASED if len({fold(letter), fold(letter.upper()), fold(letter.lower())}) > 1]
    assert different == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.da@school.example", "ada@school.example"),
        ("ada+quiz@school.example", "ada@school.example"),
        ("é@school.example", "e@school.example"),
        ("ada@school.example", "ada@sub.school.example"),
        ("\u0430da@school.example", "ada@school.example"),
    ],
)
def test_other_addresses_stay_others(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(spellings(ADDRESS))
def test_what_is_kept_of_an_address_folds_as_what_was_given(spelling: str) -> None:
    assert fold(parse(spelling)) == ADDRESS


def test_an_address_is_kept_as_it_was_given_but_for_blanks() -> None:
    assert parse(" Ada@School.Example\t") == "Ada@School.Example"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ada",
        "@school.example",
        "ada@",
        "a@b@school.example",
        "a da@school.example",
        "ada@scho\nol.example",
        "a\0da@school.example",
        "a\ud800@school.example",
        "a\x1bda@school.example",
        "\u200b@school.example",
        "x" * 254 + "@school.example",
        "\ufdfa" * 100 + "@school.example",
    ],
    ids=repr,
)
def test_what_is_no_address_is_refused(text: str) -> None:
    for taken in (parse, parse_internet):
        with pytest.raises(ValueError, match="must be an e-mail address"):
            taken(text)


def test_a_domain_of_a_network_of_ones_own_is_no_address_of_a_stranger() -> None:
    assert parse("ada@school") == "ada@school"
    for text in ("ada@school", "ada@school.", "ada@.", "ada@school\u3002"):
        with pytest.raises(ValueError, match="must be an e-mail address"):
            parse_internet(text)
