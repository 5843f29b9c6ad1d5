"""Decompressing a record set into no more memory than its reader allows."""

import mmap
import struct
from collections.abc import Callable
from typing import Final

import cramjam

_XERIAL_MAGIC: Final = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES: Final = 16
_LENGTH: Final = struct.Struct(">i")


class TooLarge(ValueError):
    """The records do not fit into the bytes that the reader allows."""


class Malformed(ValueError):
    """The bytes are not what the record set's header says that they are."""


SCRATCH_BYTES: Final = 1024 * 1024
_SCRATCH: Final = memoryview(bytearray(SCRATCH_BYTES))


def inflate(codec: int, body: memoryview, limit: int) -> bytes | memoryview:
    """The records of a set, uncompressed, as a buffer of at most `limit` bytes. To be called from one thread only.

    Raises:
        TooLarge: there are more; no more than `limit` bytes of memory were touched to find that out.
        Malformed: the codec is not known, or refuses the bytes.
    """
    if codec == 0:
        if len(body) > limit:
            raise TooLarge(f"the records have {len(body)} bytes")
        return body
    inflater = _INFLATERS.get(codec)
    if inflater is None:
        raise Malformed(f"compressed by codec {codec}, which nobody knows")
    # Anonymous pages take memory once something is written to them, not before; a bytearray is written whole.
    out = _SCRATCH if limit <= SCRATCH_BYTES else memoryview(mmap.mmap(-1, limit))
    try:
        size = inflater(body, out[:limit])
    except TooLarge:
        raise
    except Exception as error:
        raise _reason(codec, error, limit) from error
    # A set is kept for as long as one of its records: by itself, not with all the room that there was.
    return bytes(out[:size]) if out is _SCRATCH else out[:size]


def _reason(codec: int, error: Exception, limit: int) -> ValueError:
    # The library has one error for all; this is how its writer says that the buffer is full.
    if "whole buffer" in str(error) or "too small" in str(error):
        return TooLarge(f"the records have more than {limit} bytes uncompressed")
    return Malformed(f"{_NAMES[codec]}: {error}")


def _gzip(body: memoryview, out: memoryview) -> int:
    return int(cramjam.gzip.decompress_into(body, out))


def _lz4(body: memoryview, out: memoryview) -> int:
    return int(cramjam.lz4.decompress_into(body, out))


def _zstd(body: memoryview, out: memoryview) -> int:
    return int(cramjam.zstd.decompress_into(body, out))


def _snappy(body: memoryview, out: memoryview) -> int:
    """Either one block of snappy (librdkafka), or blocks with their lengths in front (snappy-java's own framing)."""
    if bytes(body[: len(_XERIAL_MAGIC)]) != _XERIAL_MAGIC:
        return _snappy_block(body, out)
    at, size = _XERIAL_HEADER_BYTES, 0
    while at < len(body):
        length = int(_LENGTH.unpack_from(body, at)[0])
        at += _LENGTH.size
        if length < 0 or at + length > len(body):
            raise Malformed("snappy: a block is longer than the record set")
        size += _snappy_block(body[at : at + length], out[size:])
        at += length
    return size


def _snappy_block(block: memoryview, out: memoryview) -> int:
    length = int(cramjam.snappy.decompress_raw_len(block))
    if length > len(out):
        raise TooLarge(f"a block of snappy says that it has {length} bytes")
    return int(cramjam.snappy.decompress_raw_into(block, out[:length]))


_INFLATERS: Final[dict[int, Callable[[memoryview, memoryview], int]]] = {1: _gzip, 2: _snappy, 3: _lz4, 4: _zstd}
_NAMES: Final = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
