"""Where a replay begins and ends: offsets or times, as an operator types them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from ingestor_admin.failures import WrongUsage
from ingestor_admin.reading import Stretch
from ingestor_common.kafka import TopicFacts
from ingestor_common.times import parse_time

Bound = int | datetime

_OFFSET: Final = re.compile("[0-9]{1,19}")


def parse_bound(text: str) -> Bound:
    """An offset, or an RFC 3339 time with its offset from UTC. Raises WrongUsage."""
    if _OFFSET.fullmatch(text):
        return int(text)
    try:
        return parse_time(text)
    except ValueError:
        raise WrongUsage(f"{text!r} is neither an offset nor a time such as 2026-09-01T08:30:00Z") from None


def resolve(
    bound: Bound | None, consumer: Consumer, topic: TopicFacts, default: Mapping[int, int], seconds: float
) -> dict[int, int]:
    """The offset in each partition that the bound means: for a time, that of the first record since then.

    Raises KafkaException.
    """
    if bound is None:
        return dict(default)
    if isinstance(bound, int):
        return dict.fromkeys(topic.partitions, bound)
    millis = int(bound.timestamp() * 1000)
    places = [TopicPartition(topic.name, partition, millis) for partition in topic.partitions]
    return {place.partition: place.offset for place in consumer.offsets_for_times(places, seconds)}


def stretches(
    starts: Mapping[int, int], ends: Mapping[int, int], log_starts: Mapping[int, int], log_ends: Mapping[int, int]
) -> dict[int, Stretch]:
    """What of the asked-for offsets each partition's log has. Negative offsets mean the log's end."""
    return {
        partition: Stretch(
            max(_from_end(starts[partition], log_end), log_starts[partition]),
            min(_from_end(ends[partition], log_end), log_end),
        )
        for partition, log_end in log_ends.items()
    }


def _from_end(offset: int, log_end: int) -> int:
    return log_end if offset < 0 else offset
