"""What is in a record set is read as it was written, and nothing that is in it makes reading fail in another way."""

import contextlib
from collections.abc import Iterator

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_sets import (
    CODECS,
    GZIP,
    LZ4,
    NONE,
    SNAPPY,
    TIME,
    ZSTD,
    WrittenRecord,
    WrittenSet,
    encode_records,
    snappy_java,
)

from ingestor_common.kafka_log.inflation import Malformed, TooLarge, inflate
from ingestor_common.kafka_log.record_sets import split
from ingestor_common.kafka_log.records import LogRecord, read_records

LIMIT = 1_000_000

contents = st.none() | st.binary(max_size=300)
headers = st.lists(st.tuples(st.binary(max_size=20), contents), max_size=4)


@st.composite
def written_records(draw: st.DrawFn) -> list[WrittenRecord]:
    """Records with holes between their offsets, as compaction leaves them."""
    deltas = sorted(draw(st.sets(st.integers(0, 5_000), max_size=6)))
    return [
        WrittenRecord(delta, draw(contents), draw(contents), draw(headers), draw(st.integers(-9_999, 9_999)))
        for delta in deltas
    ]


def _read(written: WrittenSet) -> list[LogRecord]:
    [record_set] = split(written.encode())
    assert record_set.is_intact()
    return list(read_records(record_set, inflate(record_set.codec, record_set.body, LIMIT)))


@given(written_records(), st.sampled_from(CODECS), st.integers(0, 2**62), st.integers(0, 2**31 - 1))
def test_records_are_read_as_they_were_written(records: list[WrittenRecord], codec: int, base: int, epoch: int) -> None:
    written = WrittenSet(base, records, codec, epoch)
    found = _read(written)
    assert [record.offset for record in found] == [base + record.delta for record in records]
    assert [record.time for record in found] == [TIME + record.time_delta for record in records]
    assert [None if record.value is None else bytes(record.value) for record in found] == [r.value for r in records]
    assert [record.key() for record in found] == [record.key for record in records]
    assert [record.headers() for record in found] == [list(record.headers) for record in records]
    [record_set] = split(written.encode())
    assert (record_set.base_offset, record_set.last_offset, record_set.leader_epoch) == (base, written.last, epoch)


def _note(records: Iterator[LogRecord], found: list[int]) -> None:
    for record in records:
        found.append(record.offset)


@given(st.lists(written_records(), max_size=4), st.integers(0, 40))
def test_a_set_that_is_cut_off_is_left_out(sets: list[list[WrittenRecord]], cut: int) -> None:
    encoded = [WrittenSet(number, records).encode() for number, records in enumerate(sets)]
    data = b"".join(encoded)
    assert len(split(data)) == len(sets)
    if encoded and cut:
        assert len(split(data[:-cut])) == len(sets) - 1


@given(written_records(), st.sampled_from(CODECS), st.integers(21, 10_000), st.integers(1, 255))
def test_a_damaged_set_is_not_intact(records: list[WrittenRecord], codec: int, at: int, bits: int) -> None:
    data = bytearray(WrittenSet(0, records, codec).encode())
    data[21 + (at - 21) % (len(data) - 21)] ^= bits
    [record_set] = split(bytes(data))
    assert not record_set.is_intact()


@given(st.binary(max_size=400), st.sampled_from(range(8)), st.integers(-5, 5_000), st.integers(-5, 5_000))
def test_bytes_that_are_no_records_are_malformed_or_too_large(body: bytes, codec: int, count: int, last: int) -> None:
    [record_set] = split(WrittenSet(0, codec=codec, body=body, count=count, last_delta=last).encode())
    with contextlib.suppress(Malformed, TooLarge):
        for record in read_records(record_set, inflate(record_set.codec, record_set.body, LIMIT)):
            record.key()
            record.headers_size()


@given(st.binary(max_size=300))
def test_no_bytes_make_splitting_fail(data: bytes) -> None:
    for record_set in split(data):
        record_set.is_intact()


@given(written_records().filter(bool), st.data())
def test_records_before_the_first_malformed_one_are_read(records: list[WrittenRecord], data: st.DataObject) -> None:
    whole = encode_records(records)
    body = whole[: data.draw(st.integers(0, len(whole) - 1))]
    [record_set] = split(WrittenSet(0, records, body=body).encode())
    found: list[int] = []
    with pytest.raises(Malformed):
        _note(read_records(record_set, body), found)
    assert found == [record.delta for record in records][: len(found)]


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_set_that_inflates_beyond_the_limit_is_too_large(codec: int) -> None:
    [record_set] = split(WrittenSet(0, [WrittenRecord(0, bytes(LIMIT))], codec).encode())
    with pytest.raises(TooLarge):
        inflate(record_set.codec, record_set.body, LIMIT)
    assert len(inflate(record_set.codec, record_set.body, LIMIT + 100)) > LIMIT


def test_a_set_that_is_not_compressed_has_the_same_limit() -> None:
    with pytest.raises(TooLarge):
        inflate(NONE, memoryview(bytes(11)), 10)


@given(st.binary(max_size=5_000), st.integers(1, 2_000))
def test_snappy_in_the_framing_of_java_is_read_too(data: bytes, block: int) -> None:
    assert bytes(inflate(SNAPPY, memoryview(snappy_java(data, block)), LIMIT)) == data
    if data:
        with pytest.raises(TooLarge):
            inflate(SNAPPY, memoryview(snappy_java(data, block)), len(data) - 1)


def test_frames_that_follow_each_other_count_together() -> None:
    frames = bytes(cramjam.zstd.compress(bytes(600))) * 2
    with pytest.raises(TooLarge):
        inflate(ZSTD, memoryview(frames), 1_000)
