"""Server settings of the embedded Postgres."""

from collections.abc import Mapping
from pathlib import Path

# Survives a power cut: Postgres's own defaults for what is written when.
DURABLE: Mapping[str, str] = {}

# For tests. What was committed survives the death of the server's processes (kill -9), since the operating
# system has it; it does not survive a power cut. `synchronous_commit` stays on: without it a commit that
# was reported could be lost even to kill -9. Nor do statistics come at a moment that no test knows.
TEST_SPEED: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
}


def server_settings(port: int, socket_folder: Path | None, extra: Mapping[str, str]) -> dict[str, str]:
    """All settings given to the server at its start; `extra` wins over the ones here."""
    return {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(socket_folder or ""),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_connections": "200",
    } | dict(extra)


def as_arguments(settings: Mapping[str, str]) -> list[str]:
    """The settings as arguments of `postgres`, where they win over its configuration files."""
    return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
