"""Lag is how many records are not stored, and how old the oldest of them is."""

from dataclasses import replace

from unit.ingestor_consumer.batches import batch, event

from ingestor_consumer.batch import Batch
from ingestor_consumer.lag import Lag, LagBook


def _batch(first: int, next_offset: int, time: float) -> Batch:
    whole = batch(first, next_offset, {first: event(1)})
    return replace(whole, records=tuple(record._replace(time_ms=int(time * 1000)) for record in whole.records))


def test_a_partition_read_to_its_end_has_no_lag() -> None:
    book = LagBook()
    book.opened(0, 10)
    assert book.measure({0: 10}, now=100.0) == {0: Lag(0, 0.0)}


def test_a_record_being_stored_is_as_old_as_its_timestamp_says() -> None:
    book = LagBook()
    book.opened(0, 10)
    book.storing(_batch(10, 15, time=70.0))
    assert book.measure({0: 20}, now=100.0) == {0: Lag(10, 30.0)}
    book.stored(_batch(10, 15, time=70.0))
    assert book.measure({0: 20}, now=101.0)[0].records == 5
    book.stored(_batch(15, 20, time=80.0))
    assert book.measure({0: 20}, now=102.0) == {0: Lag(0, 0.0)}


def test_records_without_a_time_are_as_old_as_we_have_known_of_them() -> None:
    book = LagBook()
    book.opened(0, 10)
    book.storing(_batch(10, 15, time=-0.001))
    assert book.measure({0: 20}, now=100.0) == {0: Lag(10, 0.0)}
    assert book.measure({0: 20}, now=104.0) == {0: Lag(10, 4.0)}


def test_records_not_read_yet_are_as_old_as_we_have_known_of_them() -> None:
    book = LagBook()
    book.opened(0, 10)
    assert book.measure({0: 12}, now=100.0) == {0: Lag(2, 0.0)}
    assert book.measure({0: 13}, now=104.0) == {0: Lag(3, 4.0)}


def test_a_clock_that_is_ahead_gives_no_negative_age() -> None:
    book = LagBook()
    book.opened(0, 0)
    book.storing(_batch(0, 1, time=500.0))
    assert book.measure({0: 1}, now=100.0) == {0: Lag(1, 0.0)}


def test_partitions_that_are_not_held_any_more_are_forgotten() -> None:
    book = LagBook()
    book.opened(0, 10)
    book.opened(1, 10)
    assert book.keep([1]) == [0]
    assert book.keep([1]) == []
    assert set(book.measure({0: 20, 1: 20}, now=1.0)) == {1}


def test_a_partition_whose_end_is_unknown_is_not_measured() -> None:
    book = LagBook()
    book.opened(0, 10)
    assert book.measure({}, now=1.0) == {}
