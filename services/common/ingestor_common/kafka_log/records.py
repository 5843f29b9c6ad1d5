"""The records of a set: offset, time and value at once, key and headers only for those that ask.

Format: https://kafka.apache.org/documentation/#record
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from ingestor_common.kafka_log.inflation import Malformed
from ingestor_common.kafka_log.record_sets import RecordSet

Buffer: TypeAlias = bytes | memoryview
RawHeaders: TypeAlias = list[tuple[bytes, bytes | None]]
"""Names as bytes: the protocol says UTF-8 and nobody holds a producer to it."""

_LONGEST_VARINT_BITS: Final = 63
_COUNTED_HEADERS: Final = 1_000


class LogRecord(NamedTuple):
    """A record in its set's uncompressed bytes. `time` is in milliseconds since 1970, -1 where there is none."""

    offset: int
    time: int
    value: bytes | memoryview | None
    data: Buffer
    key_at: int
    headers_at: int
    end: int

    def key(self) -> bytes | None:
        length, at = _read_varint(self.data, self.key_at)
        return None if length < 0 else bytes(self.data[at : at + length])

    def headers_size(self) -> tuple[int, int]:
        """How many headers there are, and their bytes; with those of their lengths where they are very many."""
        count, at = _read_varint(self.data, self.headers_at)
        if count > _COUNTED_HEADERS:
            return count, self.end - at
        return count, sum(len(name) + len(value or b"") for name, value in self.headers())

    def headers(self) -> RawHeaders:
        """The headers in order, repeated names too. Raises Malformed."""
        try:
            return _read_headers(self.data, self.headers_at)
        except IndexError:
            raise Malformed("the headers go beyond the record set") from None


def read_records(record_set: RecordSet, data: Buffer) -> Iterator[LogRecord]:
    """The records of `record_set`, whose uncompressed bytes `data` are.

    Raises:
        Malformed: from here on, the bytes are no records; those given before are good.
    """
    at, before = 0, record_set.base_offset - 1
    for _ in range(record_set.count):
        try:
            record, at = _read_record(record_set, data, at)
        except IndexError:
            raise Malformed("a record goes beyond the record set") from None
        if not before < record.offset <= record_set.last_offset:
            raise Malformed(f"a record has offset {record.offset}, after {before}")
        before = record.offset
        yield record


def _read_record(record_set: RecordSet, data: Buffer, at: int) -> tuple[LogRecord, int]:
    length, at = _read_varint(data, at)
    end = at + length
    if length < 0 or end > len(data):
        raise Malformed("a record is longer than the record set")
    # One byte of attributes, which mean nothing yet.
    time_delta, at = _read_varint(data, at + 1)
    offset_delta, key_at = _read_varint(data, at)
    key_length, at = _read_varint(data, key_at)
    value_length, value_at = _read_varint(data, at + max(0, key_length))
    headers_at = value_at + max(0, value_length)
    if headers_at > end:
        raise Malformed("a record's key and value are longer than itself")
    value = None if value_length < 0 else data[value_at:headers_at]
    time = record_set.max_time if record_set.has_append_time else record_set.base_time + time_delta
    return LogRecord(record_set.base_offset + offset_delta, time, value, data, key_at, headers_at, end), end


def _read_headers(data: Buffer, at: int) -> RawHeaders:
    count, at = _read_varint(data, at)
    found: RawHeaders = []
    for _ in range(count):
        length, at = _read_varint(data, at)
        name = bytes(data[at : at + max(0, length)])
        length, at = _read_varint(data, at + max(0, length))
        found.append((name, None if length < 0 else bytes(data[at : at + length])))
        at += max(0, length)
    return found


def _read_varint(data: Buffer, at: int) -> tuple[int, int]:
    """A zigzag varint and where it ends. Raises IndexError at the end of the data, Malformed where it has no end."""
    byte = data[at]
    at += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at
    result, shift = byte & 0x7F, 7
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (result >> 1) ^ -(result & 1), at
        shift += 7
        if shift > _LONGEST_VARINT_BITS:
            raise Malformed("a number of a record has no end")
