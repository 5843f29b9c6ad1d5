"""What a run measured, as it is kept in results/sizing.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Component(StrEnum):
    """A part of the stack. Kafka is one broker, Postgres all its processes."""

    API = "api"
    CONSUMER = "consumer"
    KAFKA = "kafka"
    POSTGRES = "postgres"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of work: `events` stored once each, in `seconds`, and what it took.

    Second sendings of an event (2 in 100) are work too, and are not counted as events. `wal_bytes` are of Postgres'
    write-ahead log, with `wal_full_pages` images of whole pages, as a checkpoint was made just before.
    """

    events: int
    seconds: float
    cpu_seconds: Mapping[Component, float]
    wal_bytes: int = 0
    wal_full_pages: int = 0

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    def cores(self, component: Component) -> float:
        """CPU seconds a second."""
        return self.cpu_seconds[component] / self.seconds

    def cpu_per_thousand(self, component: Component) -> float:
        """CPU seconds for 1,000 events."""
        return 1000 * self.cpu_seconds[component] / self.events


@dataclass(frozen=True, slots=True)
class Table:
    """A table that grows with the events, with its partitions."""

    name: str
    rows: int
    table_bytes: int
    index_bytes: int

    @property
    def bytes(self) -> int:
        """Of table and indexes together."""
        return self.table_bytes + self.index_bytes


@dataclass(frozen=True, slots=True)
class Log:
    """The topic's log after single events: `events` in as many `records` (some sent twice), in `bytes` of batches."""

    events: int
    records: int
    bytes: int

    @property
    def bytes_per_event(self) -> float:
        """Bytes for each event, with its headers and its share of a batch's, and its second sendings."""
        return self.bytes / self.events


@dataclass(frozen=True, slots=True)
class Measured:
    """All that a run measured.

    `idle` is a stage without events. `rates` are stages of single events, the last one as fast as it went. `batches` is
    a stage of requests with many events each, without the consumer, and `backlog` is one consumer working off what they
    left. `memory_bytes` are the most that was seen before or after a stage; `connections` the most that were open then,
    by application, and `pool_connections` the most that a pod ever opens. `log` is Kafka's after the single events, and
    `tables` those of `events` in the end.
    """

    processors: int
    idle: Stage
    rates: tuple[Stage, ...]
    batches: Stage
    backlog: Stage
    memory_bytes: Mapping[Component, int]
    connections: Mapping[str, int]
    pool_connections: Mapping[Component, int]
    log: Log
    events: int
    tables: tuple[Table, ...]

    @property
    def stored_bytes_per_event(self) -> float:
        """Bytes of all tables and indexes for each event."""
        return sum(table.bytes for table in self.tables) / self.events
