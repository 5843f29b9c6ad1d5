"""What Kafka's refusals of records mean: that of one record says nothing about whether Kafka works."""

from enum import Enum, auto
from typing import Final

from confluent_kafka import KafkaError


class Refusal(Enum):
    """Why Kafka, which answered, did not take a record."""

    SIZE = auto()
    """The batch that it was in is larger than the topic takes: the record may be, or only others in it."""
    NEIGHBOUR = auto()
    """Another record of its batch was refused; this one may be sent again as it is."""
    CONTENT = auto()
    """The topic does not take the record for what it holds, or for its time."""


_REFUSALS: Final = {
    KafkaError.MSG_SIZE_TOO_LARGE: Refusal.SIZE,
    KafkaError.RECORD_LIST_TOO_LARGE: Refusal.SIZE,
    KafkaError._INVALID_DIFFERENT_RECORD: Refusal.NEIGHBOUR,
    KafkaError.INVALID_RECORD: Refusal.CONTENT,
    KafkaError.INVALID_TIMESTAMP: Refusal.CONTENT,
    KafkaError.POLICY_VIOLATION: Refusal.CONTENT,
    KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT: Refusal.CONTENT,
}


def refusal_of(error: KafkaError | None) -> Refusal | None:
    """What the refusal means; None where the error concerns all records alike, as missing rights or replicas do."""
    return None if error is None else _REFUSALS.get(error.code())
