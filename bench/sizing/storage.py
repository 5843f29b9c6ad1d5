"""What Kafka and Postgres hold, and how far the consumer is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from bench.sizing.measured import Table

GROWING: Final = (
    "events", "sessions", "publications", "session_questions", "session_students", "answer_counts",
    "answered_questions",
)  # fmt: skip
"""The tables that get rows with every lesson; the others hold the catalog, accounts and the books."""

_PROGRESS = "SELECT coalesce(sum(next_offset - first_offset), 0), coalesce(sum(persisted), 0) FROM ledger"
_WAL = "SELECT wal_bytes, wal_fpi FROM pg_stat_wal"
_SIZES = """
SELECT sum(pg_table_size(part)), sum(pg_indexes_size(part))
FROM (SELECT $1::regclass AS part UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::regclass) parts
"""
_CONNECTIONS = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE application_name LIKE 'ingestor-%' GROUP BY application_name ORDER BY application_name
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """By the consumer's books: records it is done with, and events it stored (each once)."""

    records: int
    events: int


class Database:
    """A connection to the stack's Postgres, for looking only."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    async def progress(self) -> Progress:
        """How far the consumer is."""
        row = await self._row(_PROGRESS)
        return Progress(int(row[0]), int(row[1]))

    async def checkpoint(self) -> None:
        """Makes a checkpoint, after which each page is written to the log as a whole once."""
        await self._connection.execute("CHECKPOINT")

    async def wal(self) -> tuple[int, int]:
        """Bytes of write-ahead log ever written, and the images of whole pages in them."""
        row = await self._row(_WAL)
        return int(row[0]), int(row[1])

    async def connections(self) -> dict[str, int]:
        """Open connections of the services by application."""
        return {name: int(count) for name, count in await self._connection.fetch(_CONNECTIONS)}

    async def tables(self) -> tuple[Table, ...]:
        """The growing tables as they are on disk."""
        return tuple([await self._table(name) for name in GROWING])

    async def _table(self, name: str) -> Table:
        sizes = await self._row(_SIZES, name)
        rows = await self._row(f"SELECT count(*) FROM {name}")  # noqa: S608  one of GROWING
        return Table(name, int(rows[0]), int(sizes[0]), int(sizes[1]))

    async def _row(self, statement: str, *arguments: str) -> asyncpg.Record:
        row = await self._connection.fetchrow(statement, *arguments)
        assert row is not None  # noqa: S101  each statement gives one row
        return row


def log_bytes(data: Path, topic: str) -> int:
    """Bytes of the record batches of a topic in a broker's data folder, without indexes."""
    return sum(segment.stat().st_size for segment in data.glob(f"{topic}-[0-9]*/*.log"))
