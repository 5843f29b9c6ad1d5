"""The books balance, or a sentence says what is wrong."""

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingestor_admin.books import Books, compare, faults, not_opened, note_earlier, notes, unopened
from ingestor_common.counted_nouns import counted_noun
from ingestor_common.store.ledger import Account, EarlierBooks

counts = st.integers(0, 10**6)


@given(first=counts, persisted=counts, duplicates=counts, dead_lettered=counts, gaps=counts, lag=counts)
def test_books_whose_counts_add_up_within_the_log_balance(
    first: int, persisted: int, duplicates: int, dead_lettered: int, gaps: int, lag: int
) -> None:
    passed = persisted + duplicates + dead_lettered + gaps
    account = Account(0, first, first + passed, persisted, duplicates, dead_lettered, gaps)
    books = Books(0, account, log_start=first, log_end=account.next_offset + lag)
    assert faults(books) == []
    assert books.lag == lag


@given(missing=st.integers(-100, 1_000).filter(bool))
def test_offsets_that_are_not_accounted_for_are_a_fault(missing: int) -> None:
    (fault,) = faults(Books(3, Account(3, 0, 100 + missing, persisted=100), 0, 2_000))
    are = counted_noun(missing, "of its offsets is", "of its offsets are")
    assert f"partition 3: {are} not accounted for" in fault


def test_records_lost_to_retention_are_a_fault_of_their_own() -> None:
    (fault,) = faults(Books(0, Account(0, 0, 15, persisted=10, lost=5), 0, 15))
    assert "removed 5 records before they were read" in fault


@given(lost=st.integers(1, 10**6), data=st.data())
def test_lost_records_are_a_fault_until_all_of_them_are_written_off(lost: int, data: st.DataObject) -> None:
    written_off = data.draw(st.integers(0, lost))
    books = Books(0, Account(0, 0, 10 + lost, persisted=10, lost=lost, written_off=written_off), 0, 10 + lost)
    left, gone = counted_noun(lost - written_off, "record"), counted_noun(written_off, "record")
    assert [f"removed {left} before" in fault for fault in faults(books)] == [True] * (written_off < lost)
    assert [f"{gone} that" in note for note in notes(books)] == [True] * (written_off > 0)


def test_books_of_the_topic_before_say_how_far_it_was_read() -> None:
    earlier = EarlierBooks("abc", datetime(2026, 11, 30, 9, 15, tzinfo=UTC), {0: 412, 1: 300})
    assert "(abc), read until 2026-11-30 09:15:00 UTC, up to before the offsets 0:412, 1:300" in note_earlier(earlier)


def test_a_ledger_ahead_of_the_log_is_a_fault() -> None:
    (fault,) = faults(Books(0, Account(0, 0, 15, persisted=15), 0, 10))
    assert "5 offsets ahead of the log's end" in fault


def test_records_about_to_be_lost_are_a_fault() -> None:
    (fault,) = faults(Books(0, Account(0, 0, 15, persisted=15), 20, 30))
    assert "removed 5 records that were not read yet" in fault


def test_a_partition_that_no_consumer_has_opened_lags_by_its_whole_log() -> None:
    books = Books(0, None, 4, 10)
    assert faults(books) == []
    assert books.lag == 6


def test_every_partition_of_the_topic_is_compared() -> None:
    books = compare({1: Account(1, 0, 5, persisted=5)}, {0: 0, 1: 0}, {0: 7, 1: 9}, {1: 5})
    assert [(each.partition, each.account is None, each.lag) for each in books] == [(0, True, 7), (1, False, 4)]


def test_a_log_in_which_others_stand_where_was_read_is_a_fault() -> None:
    account = Account(0, 0, 15, persisted=15)
    (fault,) = faults(Books(0, account, 0, 40, common_end=9))
    assert "from offset 9 on" in fault
    assert faults(Books(0, account, 0, 40, common_end=15)) == []
    assert faults(Books(0, account, 15, 40, common_end=9)) == []


def test_what_vanished_is_told_though_the_books_balance() -> None:
    books = Books(0, Account(0, 0, 15, persisted=20, vanished=5), 0, 15)
    assert faults(books) == []
    (note,) = notes(books)
    assert "lost 5 records that had been read" in note


def test_a_group_that_has_opened_no_partition_has_no_books() -> None:
    assert "no books yet" in (unopened([Books(0, None, 0, 0), Books(1, None, 7, 7)], "g") or "")
    assert "no books of group g: none of its consumers has run, and 3 records wait" in (
        unopened([Books(0, None, 0, 1), Books(1, None, 7, 9)], "g") or ""
    )
    assert unopened([Books(0, None, 0, 1), Books(1, Account(1, 0, 0), 0, 0)], "g") is None


@given(opened=st.lists(st.booleans(), min_size=1, max_size=6))
def test_partitions_that_no_consumer_has_opened_are_named_where_others_are_opened(opened: list[bool]) -> None:
    books = [Books(number, Account(number, 0, 0) if is_open else None, 0, 0) for number, is_open in enumerate(opened)]
    told = not_opened(books)
    assert (told is not None) == (any(opened) and not all(opened))
    if told:
        named = set(re.findall(r"\d+", told))
        assert named == {str(number) for number, is_open in enumerate(opened) if not is_open}
