"""A run: the whole stack on free ports, every stage after the other, and what Kafka and Postgres hold in the end."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import uvloop
from bench.sizing import stages
from bench.sizing.measured import Component, Log, Measured, Stage
from bench.sizing.observer import Observer
from bench.sizing.storage import Database, log_bytes

from ingestor_api.direct import CONCURRENT_TRANSACTIONS
from ingestor_api.reports.reader import CONNECTIONS as REPORT_CONNECTIONS
from ingestor_api.runtime import HEALTH_CONNECTIONS, QUERY_CONNECTIONS
from ingestor_consumer.service import CONNECTIONS as CONSUMER_CONNECTIONS
from ingestor_dev.embedded.ports import free_ports
from ingestor_dev.up.options import Options
from ingestor_dev.up.servers import TOPIC
from ingestor_dev.up.stack import Stack

Say = Callable[[str], None]

POOL_CONNECTIONS: Final = {
    Component.API: CONCURRENT_TRANSACTIONS + QUERY_CONNECTIONS + HEALTH_CONNECTIONS + REPORT_CONNECTIONS,
    Component.CONSUMER: CONSUMER_CONNECTIONS,
}

_WARM_UP: Final = (400.0, 12.0)
_IDLE_SECONDS: Final = 10.0
_FLAT_OUT_LESSONS: Final = 60
_REACHED: Final = 0.9


@dataclass(frozen=True, slots=True)
class Course:
    """What a run does: events a second, each asked for during `seconds`; and lessons that wait for a consumer."""

    rates: tuple[float, ...]
    seconds: float
    backlog_lessons: int


def measure(home: Path, course: Course, say: Say) -> Measured:
    """Run the stack on the data in `home`, and measure. Tells `say` how far it is.

    Raises Stuck, EmbeddedServerError and SimulatorError.
    """
    port, kafka, postgres, metrics = free_ports(4)
    stack = Stack(home, Options(port=port, kafka_port=kafka, postgres_port=postgres, metrics_port=metrics))
    try:
        stack.start()
        return uvloop.run(_measure(stack, course, say))
    finally:
        stack.stop()


async def _measure(stack: Stack, course: Course, say: Say) -> Measured:
    connection = await asyncpg.connect(stack.dsn)
    try:
        database = Database(connection)
        observer = Observer(stack, database)
        await stages.at_rate(observer, stack.url, *_WARM_UP)
        say("Warm. Now with nothing to do:")
        idle = _told(await stages.idle(observer, _IDLE_SECONDS), say)
        say("Single events:")
        rates = await _rates(observer, stack.url, course, say)
        log = await _log(observer, database)
        say("In batches, without a consumer; and then with it:")
        batches, backlog = await _backlog(observer, stack, course.backlog_lessons, say)
        return Measured(
            processors=os.cpu_count() or 1,
            idle=idle,
            rates=rates,
            batches=batches,
            backlog=backlog,
            memory_bytes=dict(observer.memory),
            connections=dict(observer.connections),
            pool_connections=POOL_CONNECTIONS,
            log=log,
            events=(await database.progress()).events,
            tables=await database.tables(),
        )
    finally:
        await connection.close()


async def _rates(observer: Observer, url: str, course: Course, say: Say) -> tuple[Stage, ...]:
    found = []
    for rate in course.rates:
        found.append(_told(await stages.at_rate(observer, url, rate, course.seconds), say))
        if found[-1].rate < _REACHED * rate:
            say(f"  {rate:,.0f} a second were asked for: the machine is too slow or too busy for that")
    found.append(_told(await stages.flat_out(observer, url, _FLAT_OUT_LESSONS), say))
    return tuple(found)


async def _backlog(observer: Observer, stack: Stack, lessons: int, say: Say) -> tuple[Stage, Stage]:
    _, consumer = stack.services
    await asyncio.to_thread(consumer.stop)
    batches, waiting = await stages.in_batches(observer, stack.url, lessons)
    _told(batches, say)
    return batches, _told(await stages.backlog(observer, consumer, waiting), say)


async def _log(observer: Observer, database: Database) -> Log:
    done = await database.progress()
    return Log(done.events, done.records, log_bytes(observer.kafka.config.data_dir / "logs", TOPIC))


def _told(stage: Stage, say: Say) -> Stage:
    used = ", ".join(f"{part} {stage.cores(part):.3f}" for part in stage.cpu_seconds)
    say(f"  {stage.events:,} events in {stage.seconds:.0f} s, {stage.rate:,.0f} a second; cores: {used}")
    return stage
