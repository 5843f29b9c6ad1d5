"""The API's metrics; names and meanings are the design's. No label holds an id or anything a client can invent."""

from functools import cache
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from ingestor_common.events import EVENT_TYPES
from ingestor_common.metrics import LATENCY_BUCKETS

UNMATCHED: Final = "unmatched"

MODES: Final = ("kafka", "direct")
REJECTION_REASONS: Final = (
    "invalid", "refused", "too_large", "unauthenticated", "forbidden", "method", "throttled", "unavailable", "internal",
)  # fmt: skip
"""Why an event is answered with an error: the reasons of the Problems that the event routes raise."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})

_requests = Counter("ingestor_http_requests_total", "Answered HTTP requests", ["route", "method", "status"])
_durations = Histogram("ingestor_http_request_duration_seconds", "Time to answer", ["route"], buckets=LATENCY_BUCKETS)
_accepted = Counter("ingestor_events_accepted_total", "Events made durable", ["mode", "event_type"])
_rejected = Counter("ingestor_events_rejected_total", "Events answered with an error", ["reason"])

unstored_records = Gauge(
    "ingestor_unstored_records", "Records of the partition that no consumer has stored yet", ["topic", "partition"]
)
unstored_age_seconds = Gauge(
    "ingestor_unstored_age_seconds",
    "Age of the partition's oldest record that no consumer has stored yet; 0 where none waits",
    ["topic", "partition"],
)
failover_active = Gauge("ingestor_failover_active", "1 while events that belong to Kafka are written directly")
producer_in_flight = Gauge("ingestor_producer_in_flight", "Records handed to Kafka and not yet acknowledged")

# Finding a labelled child costs more than counting with it, hence the caches; the labels are few.
_request = cache(_requests.labels)
_duration = cache(_durations.labels)
_accept = cache(_accepted.labels)

# A series that is born at 1 has no increase: what an alert or a rate is to see starts at 0.
for _mode in MODES:
    for _event_type in EVENT_TYPES:
        _accept(_mode, _event_type)
for _reason in REJECTION_REASONS:
    _rejected.labels(_reason)


def announce_event_route(route: str) -> None:
    """Start the counts of an event route's answers at 0, those of the server's own faults too."""
    for status in (201, 500, 503):
        _request(route, "POST", status)
    _duration(route)


def observe_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count an answered request; `route` is its template."""
    _request(route, method if method in _METHODS else "OTHER", status).inc()
    _duration(route).observe(seconds)


def count_refused(status: int) -> None:
    """Count what was answered by the connection itself, for no request came of it."""
    _request(UNMATCHED, "OTHER", status).inc()


def count_accepted(mode: str, event_type: str, count: int = 1) -> None:
    """Count events that were made durable by `mode`."""
    _accept(mode, event_type).inc(count)


def count_rejected(reason: str, count: int = 1) -> None:
    """Count events that were answered with an error."""
    _rejected.labels(reason).inc(count)
