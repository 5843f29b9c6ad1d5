"""Measured costs that can be reckoned with in one's head."""

from bench.sizing.measured import Component, Log, Measured, Stage, Table

SECONDS = 10.0


def stage(rate: float, cores: float, seconds: float = SECONDS) -> Stage:
    """A stage in which every component took so many cores."""
    return Stage(round(rate * seconds), seconds, {part: cores * seconds for part in Component})


def measured(*rates: tuple[float, float], idle: float = 0.0, drained: float = 1_000.0) -> Measured:
    """Rates with their cores; 500 bytes an event in Postgres and 400 in Kafka, where each event is one record."""
    return Measured(
        processors=2,
        idle=stage(0, idle),
        rates=tuple(stage(rate, cores) for rate, cores in rates),
        batches=stage(1_000, 0.1),
        backlog=stage(drained, 0.2),
        memory_bytes=dict.fromkeys(Component, 100 * 1024**2),
        connections={"ingestor-api": 1},
        pool_connections={Component.API: 18, Component.CONSUMER: 3},
        log=Log(1_000, 1_000, 400_000),
        events=1_000,
        tables=(Table("events", 1_000, 200_000, 100_000), Table("session_students", 100, 150_000, 50_000)),
    )
