"""The tables of docs/operations/install.md, as lines of Markdown."""

from collections.abc import Iterable, Sequence

from bench.sizing.measured import Component, Measured, Stage
from bench.sizing.plan import ASSUMED, Sizing
from bench.sizing.results import Results
from bench.sizing.stages import BATCH
from bench.sizing.year import Year, years

_MIB = 1024**2


def all_tables(found: Results) -> list[list[str]]:
    """Every table, in the order of the page."""
    measured = found.measured
    return [sizes(found.sizing), costs(measured), pods(measured), disk(measured), volumes(years(measured))]


def costs(measured: Measured) -> list[str]:
    """CPU seconds that 1,000 events take in each component, at each rate, and write-ahead log for each event."""
    head = ("events a second", "API", "consumer", "Kafka", "Postgres", "WAL, an event")
    rows = [_cost(f"{stage.rate:,.0f}", stage, tuple(Component)) for stage in measured.rates]
    batches, backlog = measured.batches, measured.backlog
    rows.append(_cost(f"{batches.rate:,.0f}, in batches of {BATCH}", batches, (Component.API, Component.KAFKA)))
    reading = (Component.CONSUMER, Component.KAFKA, Component.POSTGRES)
    rows.append(_cost(f"{backlog.rate:,.0f}, a backlog", backlog, reading))
    return _table(head, rows)


def pods(measured: Measured) -> list[str]:
    """Cores in use when idle and in the backlog, and the most memory and connections that were seen."""
    head = ("", "API", "consumer", "Kafka", "Postgres")
    shares = {"idle": measured.idle, "in the backlog": measured.backlog}
    rows = [(f"CPU, {what}", *(_millicores(stage, part) for part in Component)) for what, stage in shares.items()]
    memory = (f"{measured.memory_bytes[part] / _MIB:.0f} MiB" for part in Component)
    opened = (_connections(measured, prefix) for prefix in ("ingestor-api", "ingestor-consumer"))
    rows += [("memory, at most", *memory), ("connections to Postgres, at most", *opened, "", "")]
    return _table(head, rows)


def disk(measured: Measured) -> list[str]:
    """Bytes of a row with its indexes, and of an event."""
    head = ("", "rows for 1,000 events", "bytes of a row", "of its index entries", "bytes for each event")
    rows = [
        (
            f"`{table.name}`",
            f"{1000 * table.rows / measured.events:,.0f}",
            f"{table.table_bytes / table.rows:,.0f}",
            f"{table.index_bytes / table.rows:,.0f}",
            f"{table.bytes / measured.events:,.0f}",
        )
        for table in measured.tables
    ]
    rows.append(("all of these", "", "", "", f"{measured.stored_bytes_per_event:,.0f}"))
    log = measured.log
    in_kafka = (f"{1000 * log.records / log.events:,.0f}", f"{log.bytes / log.records:,.0f}")
    rows.append(("Kafka's log", *in_kafka, "", f"{log.bytes_per_event:,.0f}"))
    return _table(head, rows)


def sizes(found: Sequence[Sizing]) -> list[str]:
    """What each load needs."""
    head = (
        "events a minute", "schools", "partitions", "API pods", "consumers (min to max)",
        f"Kafka, each of {ASSUMED.brokers} brokers", "Postgres", "GB a year", "connections",
    )  # fmt: skip
    return _table(head, map(_size, found))


def volumes(found: Sequence[Year]) -> list[str]:
    """How much a year stores."""
    head = ("50,000 a minute for", "events a year", "Postgres")
    rows = [
        (
            f"{year.hours:.1f} hours on {year.days} days",
            f"{year.events / 1e9:.1f} thousand million",
            f"{year.stored_bytes / 1e12:.1f} TB",
        )
        for year in found
    ]
    return _table(head, rows)


def _cost(what: str, stage: Stage, shown: Sequence[Component]) -> tuple[str, ...]:
    cpu = [f"{stage.cpu_per_thousand(part):.2f} s" if part in shown else "" for part in Component]
    return (what, *cpu, f"{stage.wal_bytes / stage.events:,.0f} B" if Component.POSTGRES in shown else "")


def _connections(measured: Measured, prefix: str) -> str:
    return str(sum(count for application, count in measured.connections.items() if application.startswith(prefix)))


def _millicores(stage: Stage, part: Component) -> str:
    return f"{1000 * stage.cores(part):.0f}m"


def _size(size: Sizing) -> tuple[str, ...]:
    return (
        f"{size.events_a_minute:,}",
        f"{size.schools:,}",
        str(size.partitions),
        f"{size.api_pods}, {size.api_millicores}m each",
        f"{size.consumers_min} to {size.consumers_max}; {size.consumers_busy} busy, {size.consumer_millicores}m each",
        f"{size.kafka_cpus:g} CPU, {size.kafka_memory_gib} GiB, {size.kafka_disk_gb:,} GB of disk",
        f"{size.postgres_cpus:g} CPU, {size.postgres_memory_gib} GiB",
        f"{size.postgres_gb_a_year:,}",
        str(size.connections),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
