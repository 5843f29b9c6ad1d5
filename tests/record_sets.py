"""Record sets written by hand, so that they can be as no client would write them."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cramjam
from aiokafka.record.util import calc_crc32c

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
CODECS = (NONE, GZIP, SNAPPY, LZ4, ZSTD)
TIME = 1_788_249_600_000
"""2026-09-01T08:00:00Z in milliseconds."""

CONTROL = 0x20
TRANSACTIONAL = 0x10


def _lz4(data: bytes) -> bytes:
    # Kafka's Java reads blocks that do not lean on each other only.
    compressor = cramjam.lz4.Compressor(level=9, content_checksum=False, block_linked=False)
    compressor.compress(data)
    return bytes(compressor.finish())


_COMPRESSORS: dict[int, Callable[[bytes], bytes]] = {
    NONE: bytes,
    GZIP: lambda data: bytes(cramjam.gzip.compress(data)),
    SNAPPY: lambda data: bytes(cramjam.snappy.compress_raw(data)),
    LZ4: _lz4,
    ZSTD: lambda data: bytes(cramjam.zstd.compress(data)),
}


@dataclass(frozen=True)
class WrittenRecord:
    """A record by its distance from the set's first offset and time."""

    delta: int
    value: bytes | None
    key: bytes | None = b"k"
    headers: Sequence[tuple[bytes, bytes | None]] = ()
    time_delta: int = 0


@dataclass(frozen=True)
class WrittenSet:
    """A record set; `body` replaces the records by other bytes, compressed already."""

    base: int
    records: Sequence[WrittenRecord] = ()
    codec: int = NONE
    epoch: int = 0
    last_delta: int | None = None
    attributes: int = 0
    producer: int = -1
    count: int | None = None
    body: bytes | None = None
    magic: int = 2
    time: int = TIME
    damage: int | None = field(default=None)
    """The number of a byte of the body that is turned around after the checksum was made."""

    @property
    def last(self) -> int:
        deltas = [record.delta for record in self.records]
        return self.base + (max(deltas, default=0) if self.last_delta is None else self.last_delta)

    def encode(self) -> bytes:
        body = self.body
        if body is None:
            body = _COMPRESSORS[self.codec](b"".join(_record(record) for record in self.records))
        count = len(self.records) if self.count is None else self.count
        covered = struct.pack(
            ">hiqqqhii",
            self.attributes | self.codec,
            self.last - self.base,
            self.time,
            self.time,
            self.producer,
            0,
            0,
            count,
        )
        covered += body
        crc = calc_crc32c(covered)
        if self.damage is not None:
            at = len(covered) - len(body) + self.damage % len(body)
            covered = covered[:at] + bytes([covered[at] ^ 0xFF]) + covered[at + 1 :]
        rest = struct.pack(">ibI", self.epoch, self.magic, crc) + covered
        return struct.pack(">qi", self.base, len(rest)) + rest


def snappy_java(data: bytes, block: int = 1_000) -> bytes:
    """`data` in snappy-java's own framing, which Java's clients write."""
    blocks = [bytes(cramjam.snappy.compress_raw(data[at : at + block])) for at in range(0, len(data), block)]
    framed = b"".join(struct.pack(">i", len(each)) + each for each in blocks)
    return b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1) + framed


def varint(value: int) -> bytes:
    """A zigzag varint, as records have them."""
    number = (value << 1) ^ (value >> 63)
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def encode_records(records: Sequence[WrittenRecord]) -> bytes:
    return b"".join(_record(record) for record in records)


def _record(record: WrittenRecord) -> bytes:
    headers = b"".join(_sized(name) + _sized(value) for name, value in record.headers)
    body = (
        b"\x00"
        + varint(record.time_delta)
        + varint(record.delta)
        + _sized(record.key)
        + _sized(record.value)
        + varint(len(record.headers))
        + headers
    )
    return varint(len(body)) + body


def _sized(data: bytes | None) -> bytes:
    return varint(-1) if data is None else varint(len(data)) + data
