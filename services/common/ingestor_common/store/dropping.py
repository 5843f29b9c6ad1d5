"""Drops the events of months that are no longer to be kept, in steps of which each may be interrupted anywhere.

A month goes so: the mark is raised to its end and committed (retention.py), from when on nothing older is stored and no
session that began before is computed afresh; its partition is detached; the table is dropped. What is found on the way
tells how far an earlier run came, so the next run finishes it. No step waits long for a lock that others queue behind:
whoever holds it, a backup perhaps, is let be, and the step raises asyncpg.LockNotAvailableError.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ingestor_common.store import partitions, retention
from ingestor_common.store.partitions import EARLY_END, EARLY_PARTITION, Month, State
from ingestor_common.store.pool import Connection

_RUN_LOCK: Final = 0x1A9E570A
_EARLY_ROWS: Final = f'SELECT count(*) FROM {EARLY_PARTITION} WHERE "timestamp" < $1'
_HAS_EARLY: Final = f'SELECT EXISTS (SELECT FROM {EARLY_PARTITION} WHERE "timestamp" < $1)'
_DELETE_EARLY: Final = f"""
    DELETE FROM {EARLY_PARTITION} WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM {EARLY_PARTITION} WHERE "timestamp" < $1 LIMIT 5000))
"""


class Action(StrEnum):
    """What is to be done about a partition."""

    DROP = "drop"
    FINISH = "finish an interrupted drop"
    ATTACH = "attach again"
    """An interrupted drop of a month that is to be kept."""


@dataclass(frozen=True, slots=True)
class Step:
    """`month` is None for the rows of `events_before_2015` that are before `mark`."""

    action: Action
    month: Month | None
    mark: datetime
    """Events before this are dropped once the step is taken; for ATTACH without meaning."""

    @property
    def partition(self) -> str:
        return EARLY_PARTITION if self.month is None else self.month.partition


@dataclass(frozen=True, slots=True)
class Size:
    """About how many events a partition holds, and its bytes with indexes."""

    events: int
    bytes: int


async def begin_run(connection: Connection) -> bool:
    """Keep other runs out for as long as the connection lives; False where one is at work. Bounds the lock waits of the
    steps, which are to be taken on this connection."""
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _RUN_LOCK):
        return False
    await connection.execute(f"SET lock_timeout = {int(retention.LOCK_SECONDS * 1000)}")
    return True


async def find_steps(connection: Connection, first: Month) -> list[Step]:
    """The steps after which there is nothing from before the month `first`, in the order to take them."""
    mark = await retention.current_mark(connection)
    # What an earlier run began to drop is dropped already for everybody else, also if more is to be kept now.
    end = first.start if mark is None else max(first.start, mark)
    early_end = min(end, EARLY_END)
    has_early = await connection.fetchval(_HAS_EARLY, early_end)
    early = [Step(Action.DROP, None, early_end)] if has_early else []
    return [*early, *plan_months(await partitions.states(connection), end)]


def plan_months(states: Mapping[Month, State], end: datetime) -> Sequence[Step]:
    """What is to be done about the tables of months, oldest first, so that no event from before `end` is left."""
    steps: list[Step] = []
    for month, state in sorted(states.items()):
        if month.end <= end:
            action = Action.DROP if state is State.ATTACHED else Action.FINISH
            steps.append(Step(action, month, month.end))
        elif state is not State.ATTACHED:
            steps.append(Step(Action.ATTACH, month, month.start))
    return steps


async def measure(connection: Connection, step: Step) -> Size:
    """What the step is about."""
    if step.month is None:
        return Size(await connection.fetchval(_EARLY_ROWS, step.mark), 0)
    # Never analysed, a table says -1: it is new, or small.
    estimate, size = await connection.fetchrow(  # type: ignore[misc]
        "SELECT reltuples::bigint, pg_total_relation_size(oid) FROM pg_class WHERE oid = to_regclass($1)",
        step.partition,
    )
    if estimate < 0:
        estimate = await connection.fetchval(f"SELECT count(*) FROM {step.partition}")
    return Size(estimate, size)


async def take(connection: Connection, step: Step) -> None:
    """Take the step, while others read and write; not inside a transaction. What the projections tell of the sessions
    stays."""
    if step.month is None:
        await retention.raise_mark(connection, step.mark)
        await _delete_early(connection, step.mark)
    elif step.action is Action.ATTACH:
        await partitions.ensure(connection, [step.month])
    else:
        await retention.raise_mark(connection, step.mark)
        await _drop_month(connection, step.month)


async def _delete_early(connection: Connection, end: datetime) -> None:
    # TRUNCATE would lock all readers of `events` out, and take what is younger too. An event from then has no other
    # place to go, so the partition stays.
    while await connection.execute(_DELETE_EARLY, end) != "DELETE 0":
        pass


async def _drop_month(connection: Connection, month: Month) -> None:
    state = (await partitions.states(connection)).get(month)
    if state is State.ATTACHED:
        # Waits for those who use `events`, but nobody queues behind it. Interrupted, it leaves the table PENDING.
        await connection.execute(f"ALTER TABLE events DETACH PARTITION {month.partition} CONCURRENTLY")
    elif state is State.PENDING:
        await connection.execute(f"ALTER TABLE events DETACH PARTITION {month.partition} FINALIZE")
    await connection.execute(f"DROP TABLE IF EXISTS {month.partition}")
