"""From measured costs to what an installation needs: pure arithmetic, with every assumption named."""

import math
from dataclasses import dataclass
from typing import Final

from bench.sizing.curve import cores
from bench.sizing.measured import Component, Measured

_GIB: Final = 1024**3
_GB: Final = 1000**3


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What was not measured.

    target: the share of CPU, disk and of a consumer's rate that is planned to be used. growth: the rate that partitions
    are made for, as a multiple of the ordinary one, since they are hard to change. spare: consumers there may be for
    each that is needed, to work off a backlog and for partitions that are fuller than others. lesson_hours, school_days
    and weeks: when the ordinary rate goes on. peak_hours_a_week: how long a rate above it lasts. hot_hours: how much of
    what was stored last fits in shared buffers, a quarter of Postgres' memory. kafka_heap_gib, cached_minutes: the
    broker's heap, and the records that the operating system keeps in memory for consumers. brokers, replication_factor:
    a replica costs what the measured broker took, whether it leads or follows. other_connections: of the migration,
    ingestor-admin and monitoring; with those that Postgres reserves (superuser_reserved_connections).
    """

    target: float = 0.5
    growth: int = 10
    spare: int = 2
    least_api_pods: int = 2
    lesson_hours: float = 6.0
    school_days: int = 5
    weeks: int = 38
    peak_hours_a_week: float = 1.0
    brokers: int = 3
    replication_factor: int = 3
    retention_hours: int = 168
    hot_hours: float = 1.0
    kafka_heap_gib: float = 1.0
    cached_minutes: float = 10.0
    other_connections: int = 10


ASSUMED: Final = Assumptions()


@dataclass(frozen=True, slots=True)
class Load:
    """Events a minute: the rate to be carried, and the ordinary one of lesson hours."""

    schools: int
    carried: int
    ordinary: int


LOADS: Final = (Load(100, 5_000, 5_000), Load(1_000, 50_000, 50_000), Load(1_000, 500_000, 50_000))


@dataclass(frozen=True, slots=True)
class Sizing:
    """What a load needs, to be provided; `postgres_gb_a_year` is what it grows by. `kafka_*` are of each broker.

    `consumers_busy` are needed at the carried rate; `consumers_min` at the ordinary one. `*_millicores` are requests.
    """

    events_a_minute: int
    schools: int
    partitions: int
    api_pods: int
    api_millicores: int
    consumers_min: int
    consumers_busy: int
    consumers_max: int
    consumer_millicores: int
    kafka_cpus: float
    kafka_memory_gib: int
    kafka_disk_gb: int
    postgres_cpus: float
    postgres_memory_gib: int
    postgres_gb_a_year: int
    connections: int


def sizing(measured: Measured, load: Load, given: Assumptions = ASSUMED) -> Sizing:
    """What `load` needs by what was measured."""
    rate = load.carried / 60
    busy = _consumers(measured, rate, given)
    partitions = _partitions(given.spare * _consumers(measured, load.ordinary * given.growth / 60, given))
    pods = _api_pods(measured, rate, given)
    week = events_a_week(load, given)
    return Sizing(
        events_a_minute=load.carried,
        schools=load.schools,
        partitions=partitions,
        api_pods=pods,
        api_millicores=_millicores(cores(measured, Component.API, rate / pods), given),
        consumers_min=_consumers(measured, load.ordinary / 60, given),
        consumers_busy=busy,
        consumers_max=partitions,
        consumer_millicores=_millicores(cores(measured, Component.CONSUMER, rate / busy), given),
        kafka_cpus=_half_cpus(_of_each_broker(cores(measured, Component.KAFKA, rate), given) / given.target),
        kafka_memory_gib=_power_of_two(given.kafka_heap_gib + _cached_bytes(measured, rate, given) / _GIB),
        kafka_disk_gb=math.ceil(_kept_bytes(measured, week, given) / given.target / _GB),
        postgres_cpus=_half_cpus(_postgres_cores(measured, rate, busy, partitions, given)),
        postgres_memory_gib=4 * _power_of_two(_hot_bytes(measured, rate, given) / _GIB),
        postgres_gb_a_year=round(week * given.weeks * measured.stored_bytes_per_event / _GB),
        connections=_connections(measured, pods, partitions, given),
    )


def events_a_week(load: Load, given: Assumptions) -> float:
    """Events of a school week: the ordinary rate in lesson hours, and the carried one for a while."""
    ordinary = load.ordinary * 60 * given.lesson_hours * given.school_days
    return ordinary + (load.carried - load.ordinary) * 60 * given.peak_hours_a_week


def _consumers(measured: Measured, rate: float, given: Assumptions) -> int:
    """How many consumers a rate needs, each busy for the target's share of its time."""
    return max(1, math.ceil(rate / (given.target * measured.backlog.rate)))


def _partitions(consumers: int) -> int:
    """The least of 3, 6, 12, 24, ... that so many consumers can share: numbers with many divisors are shared evenly."""
    return _doubled(3, consumers)


def _api_pods(measured: Measured, rate: float, given: Assumptions) -> int:
    """The least number of pods of which none uses more than the target of a core: a pod is one event loop."""
    pods = given.least_api_pods
    while cores(measured, Component.API, rate / pods) > given.target:
        pods += 1
    return pods


def _postgres_cores(measured: Measured, rate: float, busy: int, most: int, given: Assumptions) -> float:
    """For the rate at the target, and for the most consumers at once working off a backlog.

    Each consumer makes transactions of its own, so that what they cost follows from the rate of one.
    """
    steady = busy * cores(measured, Component.POSTGRES, rate / busy) / given.target
    return max(steady, most * measured.backlog.cores(Component.POSTGRES))


def _millicores(used: float, given: Assumptions) -> int:
    """A CPU request, in steps of 50."""
    return 50 * math.ceil(1000 * used / given.target / 50)


def _half_cpus(cpus: float) -> float:
    return math.ceil(2 * cpus) / 2


def _power_of_two(gib: float) -> int:
    return _doubled(1, gib)


def _doubled(number: int, least: float) -> int:
    """The number, doubled as often as it takes to reach the least."""
    while number < least:
        number *= 2
    return number


def _cached_bytes(measured: Measured, rate: float, given: Assumptions) -> float:
    return _of_each_broker(rate * 60 * given.cached_minutes * measured.log.bytes_per_event, given)


def _kept_bytes(measured: Measured, week: float, given: Assumptions) -> float:
    return _of_each_broker(week * given.retention_hours / 168 * measured.log.bytes_per_event, given)


def _of_each_broker(single: float, given: Assumptions) -> float:
    """Of what a single broker takes or keeps, times the replicas."""
    return single * given.replication_factor / given.brokers


def _hot_bytes(measured: Measured, rate: float, given: Assumptions) -> float:
    return rate * 3600 * given.hot_hours * measured.stored_bytes_per_event


def _connections(measured: Measured, pods: int, consumers: int, given: Assumptions) -> int:
    """The most there can be, in a rollout too, when there is a pod more of each."""
    of_api, of_consumer = (measured.pool_connections[part] for part in (Component.API, Component.CONSUMER))
    return (pods + 1) * of_api + (consumers + 1) * of_consumer + given.other_connections
