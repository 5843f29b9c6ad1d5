"""The consumer's metrics. No label holds an id of a student, session or event."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from ingestor_common.events import EVENT_TYPES
from ingestor_common.metrics import LATENCY_BUCKETS
from ingestor_common.store import errors
from ingestor_common.store.ledger import Account
from ingestor_consumer.accounting import Tally
from ingestor_consumer.decoding import REASONS
from ingestor_consumer.holds import HoldReason, Holds
from ingestor_consumer.joining import Joining

_PARTITION: Final = ("topic", "partition")

lag_records: Final = Gauge("ingestor_consumer_lag_records", "Records of the partition not stored yet", _PARTITION)
lag_seconds: Final = Gauge(
    "ingestor_consumer_lag_seconds", "Age of the partition's oldest record not stored yet", _PARTITION
)
persisted: Final = Counter("ingestor_events_persisted_total", "Events stored", ["event_type"])
duplicates: Final = Counter("ingestor_events_duplicate_total", "Records of events that were stored before")
dead_lettered: Final = Counter(
    "ingestor_events_dead_lettered_total", "Records sent to the dead-letter topic", ["reason"]
)
end_to_end: Final = Histogram(
    "ingestor_event_end_to_end_seconds",
    "From an event's acceptance (its record's timestamp) to its commit in the database",
    buckets=(*LATENCY_BUCKETS, 30.0, 60.0, 300.0, 900.0, 3600.0),
)
batch_size: Final = Histogram(
    "ingestor_batch_size", "Records stored together", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
)
batch_write: Final = Histogram(
    "ingestor_batch_write_seconds", "Time of the storing transaction of a batch", buckets=LATENCY_BUCKETS
)
store_errors: Final = Counter("ingestor_store_errors_total", "Failed attempts to store a batch", ["kind"])
paused: Final = Gauge(
    "ingestor_consumer_paused",
    "1 while a partition is held and does not get on, or the group is not joined since the database takes no events",
)
held_partitions: Final = Gauge(
    "ingestor_consumer_held_partitions", "Partitions that are held and do not get on, by what they wait for", ["reason"]
)
vanished: Final = Gauge(
    "ingestor_ledger_vanished_records",
    "Offsets that had been read when brokers came back without them; the books went back over them",
    _PARTITION,
)
unaccounted: Final = Gauge(
    "ingestor_ledger_unaccounted_records",
    "Offsets passed of which the books do not say what became of them; 0 where they balance",
    _PARTITION,
)


def count(tally: Tally) -> None:
    """Add what became of a batch's records."""
    for event_type, events in tally.persisted.items():
        persisted.labels(event_type).inc(events)
    for reason, records in tally.dead_lettered.items():
        dead_lettered.labels(reason).inc(records)
    duplicates.inc(tally.duplicates)


def show_books(topic: str, accounts: Iterable[Account]) -> None:
    """Publish whether these accounts balance."""
    for account in accounts:
        unaccounted.labels(topic, account.partition).set(account.unaccounted)
        vanished.labels(topic, account.partition).set(account.vanished)


def show_holds(holds: Holds, joining: Joining) -> None:
    """Publish, at each scrape, how many partitions wait for what, and whether the group waits to be joined."""
    paused.set_function(lambda: float(holds.any() or joining.database_fault is not None))
    for reason in HoldReason:
        held_partitions.labels(reason).set_function(lambda reason=reason: float(holds.count(reason)))  # type: ignore[misc]


def forget(topic: str, partition: int) -> None:
    """The partition is no longer ours: its gauges belong to another consumer now."""
    for gauge in (lag_records, lag_seconds, unaccounted, vanished):
        gauge.remove(topic, str(partition))


# A counter that is born with its first event has no increase to be seen.
for _event_type in EVENT_TYPES:
    persisted.labels(_event_type)
for _reason in REASONS:
    dead_lettered.labels(_reason)
for _kind in errors.KINDS:
    store_errors.labels(_kind)
for _hold in HoldReason:
    held_partitions.labels(_hold)
