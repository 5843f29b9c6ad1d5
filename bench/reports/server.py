"""A Postgres for the benchmark alone, gone with its data at the end unless the data is to be kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.passing_folder import passing_folder

from ingestor_dev.embedded.ports import free_port
from ingestor_dev.embedded.postgres import EmbeddedPostgres, PostgresConfig

SETTINGS: Final = {
    # For loading: the data need not survive the machine, and is analysed once it is all there.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
    "maintenance_work_mem": "256MB",
    # A quarter of a small server's memory; with Postgres' default of 128 MB every call would copy from the system's
    # cache.
    "shared_buffers": "2GB",
    # A batch passes through two temporary tables.
    "temp_buffers": "64MB",
}


@contextmanager
def running_postgres(kept: Path | None) -> Iterator[EmbeddedPostgres]:
    """A ready server on a free port, with its data in `kept`, or else in a folder that is deleted at the end."""
    if kept is not None:
        with _running(kept) as server:
            yield server
        return
    with passing_folder("bench-reports-") as folder, _running(folder / "postgres") as server:
        yield server


@contextmanager
def _running(home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(PostgresConfig(home, free_port(), SETTINGS))
    try:
        server.start()
        server.wait_ready()
        yield server
    finally:
        server.stop()
