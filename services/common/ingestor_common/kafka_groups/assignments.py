"""The partitions in the assignment of a member under the classic protocol: bytes that whoever leads the group has made.

The layout is that of ConsumerProtocolAssignment.json in Apache Kafka.
"""

from io import BytesIO
from typing import Final

from aiokafka.protocol.types import Array, Int16, Int32, Schema, String

_ASSIGNMENT: Final = Schema(
    ("version", Int16), ("topics", Array(("topic", String("utf-8")), ("partitions", Array(Int32))))
)


def assigned(assignment: bytes, topic: str) -> tuple[int, ...] | None:
    """The partitions of the topic in a consumer's assignment; None where the bytes are no assignment."""
    if not assignment:
        # As it is until the group's leader has assigned.
        return ()
    try:
        found = _ASSIGNMENT.decode(BytesIO(assignment))
        _, topics = found
        held = {(name, number) for name, numbers in topics for number in numbers}
    except (ValueError, TypeError):
        return None
    # Negative lengths are read as nothing: as no name, or as no items. Behind the topics stand the user's data.
    if any(name is None for name, _ in topics) or not assignment.startswith(_ASSIGNMENT.encode(found)):
        return None
    return tuple(sorted(number for name, number in held if name == topic))
