"""How large a batch of records may be for a topic: a larger one is refused whole, the good records with the bad."""

from typing import Final

LARGEST: Final = 1_000_000
"""librdkafka's own default, a little below the default of a topic."""

SMALLEST: Final = 1_000
"""Below the size of an event's record, so that each has a batch to itself."""

_RECORD_OVERHEAD: Final = 36
_HEADER_OVERHEAD: Final = 10


def fitting(limit: int) -> int:
    """The batch for a topic that takes `limit` bytes. A record that is larger by itself still gets a batch, alone."""
    return max(SMALLEST, min(LARGEST, limit))


def smaller(current: int) -> int:
    """The next batch to try where the topic's limit cannot be looked up."""
    return max(SMALLEST, current // 16)


def record_bytes(key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> int:
    """At most what the record takes of a batch, as librdkafka counts it."""
    names_and_values = sum(len(name) + len(content) + _HEADER_OVERHEAD for name, content in headers)
    return len(key) + len(value) + names_and_values + _RECORD_OVERHEAD
