"""Record sets (Kafka's "record batches"): splitting a fetch response into them by their headers alone.

Format: https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from dataclasses import dataclass
from typing import Final

from aiokafka.record.util import calc_crc32c

_HEADER: Final = struct.Struct(">qiibIhiqqqhii")
_PREFIX: Final = struct.Struct(">qi")
_PREFIX_BYTES: Final = 12
"""Base offset and length stand in front of what the length counts."""
_MAGIC_AT: Final = 16
_CRC_COVERS_FROM: Final = 21
_CODEC_BITS: Final = 0x07
_LOG_APPEND_TIME_BIT: Final = 0x08
_TRANSACTIONAL_BIT: Final = 0x10
_CONTROL_BIT: Final = 0x20

MAGIC: Final = 2
"""The format of every broker since 0.11; brokers since 3.0 convert older ones when they are written."""


@dataclass(frozen=True, slots=True)
class RecordSet:
    """A record set as it is in the log: its header, and the bytes of its records, which may be compressed.

    Times are milliseconds since 1970, -1 where the producer gave none.
    """

    base_offset: int
    last_offset: int
    leader_epoch: int
    magic: int
    attributes: int
    base_time: int
    max_time: int
    producer_id: int
    count: int
    raw: bytes
    """The whole set, header included."""

    @property
    def next_offset(self) -> int:
        """The offset behind the set."""
        return self.last_offset + 1

    @property
    def codec(self) -> int:
        """0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd."""
        return self.attributes & _CODEC_BITS

    @property
    def is_control(self) -> bool:
        """Whether it holds a transaction's marker rather than records."""
        return bool(self.attributes & _CONTROL_BIT)

    @property
    def is_transactional(self) -> bool:
        return bool(self.attributes & _TRANSACTIONAL_BIT)

    @property
    def has_append_time(self) -> bool:
        """Whether the broker dated the records: all have `max_time` then."""
        return bool(self.attributes & _LOG_APPEND_TIME_BIT)

    @property
    def body(self) -> memoryview:
        """The records, as they were compressed."""
        return memoryview(self.raw)[_HEADER.size :]

    def is_intact(self) -> bool:
        """Whether the checksum is right. Where it is not, nothing in the header but the length can be believed."""
        return self.checksum == int(calc_crc32c(self.raw[_CRC_COVERS_FROM:]))

    @property
    def checksum(self) -> int:
        return int(_HEADER.unpack_from(self.raw)[4])


def split(data: bytes) -> list[RecordSet]:
    """The record sets of a fetch response, in order. A last one that is cut off is left out."""
    found: list[RecordSet] = []
    at = 0
    while (end := _end_of_set(data, at)) is not None:
        found.append(_parse(data[at:end]))
        at = end
    return found


def _end_of_set(data: bytes, at: int) -> int | None:
    if len(data) - at <= _MAGIC_AT:
        return None
    length = int(_PREFIX.unpack_from(data, at)[1])
    end = at + _PREFIX_BYTES + length
    return end if length > _MAGIC_AT - _PREFIX_BYTES and end <= len(data) else None


def _parse(raw: bytes) -> RecordSet:
    magic = raw[_MAGIC_AT]
    if magic != MAGIC or len(raw) < _HEADER.size:
        # Of the formats before, a set's own offset is that of its last record.
        offset = int(_PREFIX.unpack_from(raw)[0])
        return RecordSet(offset, offset, -1, magic, 0, -1, -1, -1, 0, raw)
    base, _, epoch, _, _, attributes, delta, base_time, max_time, producer, _, _, count = _HEADER.unpack_from(raw)
    return RecordSet(base, base + delta, epoch, magic, attributes, base_time, max_time, producer, count, raw)
