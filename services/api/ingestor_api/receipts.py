"""What the ways to durability give back: a receipt, or why there is none."""

from datetime import datetime
from typing import Literal

import msgspec

from ingestor_common.store.retention import explain

Mode = Literal["kafka", "direct"]


class KafkaReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where the acknowledged record is."""

    topic: str
    partition: int
    offset: int


class DirectReceipt(msgspec.Struct, frozen=True, gc=False):
    """The event is committed; `duplicate` if it was stored before."""

    stored: bool
    duplicate: bool


Receipt = KafkaReceipt | DirectReceipt


class Undelivered(Exception):
    """Kafka did not acknowledge the record in time. It may still arrive there: storing it twice is harmless."""


class RecordRefused(Undelivered):
    """Kafka answered, and does not take this record for what it is; others it takes."""


class RecordTooLarge(RecordRefused):
    """The topic takes no record of this size. `limit` is its max.message.bytes, None where that cannot be looked up."""

    def __init__(self, limit: int | None) -> None:
        bound = "" if limit is None else f"; its max.message.bytes is {limit}"
        super().__init__(f"the topic takes no record of this size{bound}")
        self.limit = limit


class Unavailable(Exception):
    """No durable way is open now; the sender may try again."""


class Refused(Exception):
    """The database refuses the event for what is in it; sending it again will not help."""


class TooOld(Refused):
    """The event is older than `mark` (aware): retention has dropped its like, and the store does not take it."""

    def __init__(self, mark: datetime) -> None:
        super().__init__(explain(mark))


class TooLarge(Refused):
    """The event's record is larger than the topic takes, and it may go nowhere else; sending it again will not help."""


def mode_of(receipt: Receipt) -> Mode:
    """The path that was really taken."""
    return "kafka" if isinstance(receipt, KafkaReceipt) else "direct"
