"""The Kafka record of an event: the contract with other teams' producers and consumers.

Key: the session_id as text, so that a session stays in one partition. Value: the event as JSON. Timestamp: when it was
accepted, which is the moment that the event's own time is judged by. Headers are optional for producers; consumers need
only key and value.
"""

import time
from datetime import UTC, datetime
from typing import Final

from ingestor_common.events import Event, encode

SCHEMA_VERSION: Final = "1"

EVENT_TYPE_HEADER: Final = "event-type"
SCHEMA_HEADER: Final = "schema"
REQUEST_ID_HEADER: Final = "request-id"
TRACEPARENT_HEADER: Final = "traceparent"

DLQ_REASON_HEADER: Final = "dlq-reason"
DLQ_ERROR_HEADER: Final = "dlq-error"
DLQ_TOPIC_HEADER: Final = "dlq-topic"
DLQ_PARTITION_HEADER: Final = "dlq-partition"
DLQ_OFFSET_HEADER: Final = "dlq-offset"
DLQ_TIME_HEADER: Final = "dlq-time"
DLQ_TIMESTAMP_HEADER: Final = "dlq-timestamp"
"""When the record was accepted: its own timestamp, in milliseconds since 1970; -1 where it has none."""

MAX_DEAD_LETTER_BYTES: Final = 64 * 1024 * 1024
"""The largest record that is sent to the dead-letter topic or back: what a broker let in must get out again."""

DEAD_LETTER_HEADERS: Final = (
    DLQ_REASON_HEADER,
    DLQ_ERROR_HEADER,
    DLQ_TOPIC_HEADER,
    DLQ_PARTITION_HEADER,
    DLQ_OFFSET_HEADER,
    DLQ_TIME_HEADER,
    DLQ_TIMESTAMP_HEADER,
)
"""In the order in which they stand behind a dead letter's own; letters of older releases lack the last one."""

Headers = list[tuple[str, bytes]]
AnyHeaders = list[tuple[str, bytes | None]]
"""As Kafka has them: names may repeat, and a value may be null."""


_LATEST_TIME: Final = datetime(9999, 12, 30, tzinfo=UTC).timestamp()
"""Seconds since 1970: what lies a day after it can still be told."""


def now_ms() -> int:
    """The time as a record can tell it: whole milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def moment_of(seconds: float) -> datetime:
    """A record's own time, in seconds since 1970, within what can be told."""
    return datetime.fromtimestamp(min(max(seconds, 0.0), _LATEST_TIME), UTC)


def split_dead_letter(headers: AnyHeaders) -> tuple[AnyHeaders, AnyHeaders]:
    """A dead letter's headers: those that its record had, and ours behind them.

    By their place: a sender may have headers of the same names.
    """
    begin, latest = len(headers), len(DEAD_LETTER_HEADERS)
    while begin and headers[begin - 1][0] in DEAD_LETTER_HEADERS[:latest]:
        begin -= 1
        latest = DEAD_LETTER_HEADERS.index(headers[begin][0])
    return headers[:begin], headers[begin:]


def key_of(event: Event) -> bytes:
    """The record's key: the session's id as text."""
    return str(event.session_id).encode()


def value_of(event: Event) -> bytes:
    """The record's value: the event as UTF-8 JSON."""
    return encode(event)


def headers_of(event: Event, request_id: str, traceparent: str) -> Headers:
    """The headers that our own API writes."""
    return [
        (EVENT_TYPE_HEADER, event.event_type.encode()),
        (SCHEMA_HEADER, SCHEMA_VERSION.encode()),
        (REQUEST_ID_HEADER, request_id.encode()),
        (TRACEPARENT_HEADER, traceparent.encode()),
    ]
