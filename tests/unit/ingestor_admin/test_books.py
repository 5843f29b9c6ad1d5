"""The books balance, or a sentence says what is wrong."""

from hypothesis import given
from hypothesis import strategies as st

from ingestor_admin.books import Books, compare, faults, notes, unopened
from ingestor_common.store.ledger import Account

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
    assert f"partition 3: {missing} of its offsets are not accounted for" in fault


def test_records_lost_to_retention_are_a_fault_of_their_own() -> None:
    (fault,) = faults(Books(0, Account(0, 0, 15, persisted=10, lost=5), 0, 15))
    assert "removed 5 records before they were read" in fault


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
