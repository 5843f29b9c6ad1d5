"""Loopback ports: finding free ones, and telling whether one is taken."""

import errno
import os
import random
import socket
from pathlib import Path

from ingestor_dev.embedded.errors import EmbeddedServerError

_LOOPBACK = "127.0.0.1"
_LOWEST = 15_000
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_EPHEMERAL_START = 32_768
_ATTEMPTS = 1_000
_CHOSEN_RANGE = "INGESTOR_FREE_PORTS"

# Given out by this process before: who asked may not listen there yet, or have stopped a server that will come back.
_given: set[int] = set()


def is_taken(port: int) -> bool:
    """Whether another socket already listens on this port of 127.0.0.1 (or of every address)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set it too: connections of an earlier run that linger in TIME_WAIT do not stop them.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise
    return False


def require_free(port: int, purpose: str) -> None:
    """Passes when nothing listens on the port; `purpose` ends "the port that ..." in the message.

    Raises:
        EmbeddedServerError: the port is taken.
    """
    if is_taken(port):
        raise EmbeddedServerError(
            f"port {port} on {_LOOPBACK}, which {purpose}, is taken; stop what listens there, or choose another port"
        )


def free_ports(count: int) -> list[int]:
    """`count` ports of 127.0.0.1 on which nothing listens, below the ephemeral range, none of them given before.

    Ephemeral ports would do for a server that never restarts. Clients that keep reconnecting to a killed
    server can be given its port as their own local port, and then it cannot come back.

    Processes that ask at the same time could be given the same port. `INGESTOR_FREE_PORTS`, such as `15000-19999`,
    gives each a range of its own.

    Raises:
        EmbeddedServerError: too few ports are free.
    """
    left = [port for port in usable_ports() if port not in _given]
    free: list[int] = []
    for port in random.sample(left, k=min(_ATTEMPTS, len(left))):
        if len(free) == count:
            break
        if not is_taken(port):
            free.append(port)
    if len(free) < count:
        raise EmbeddedServerError(
            f"found {len(free)} free ports of {count} on {_LOOPBACK}; stop servers that are no longer needed"
        )
    _given.update(free)
    return free


def free_port() -> int:
    """One port of 127.0.0.1 on which nothing listens; see `free_ports`."""
    return free_ports(1)[0]


def usable_ports() -> range:
    """The ports that `free_ports` gives."""
    chosen = os.environ.get(_CHOSEN_RANGE)
    if chosen is None:
        return range(_LOWEST, _ephemeral_start())
    first, _, last = chosen.partition("-")
    return range(int(first), int(last) + 1)


def _ephemeral_start() -> int:
    try:
        start = int(_EPHEMERAL_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        start = _EPHEMERAL_START
    # A range that starts very low leaves no room beneath it; then the usual boundary has to do.
    return start if start >= _LOWEST + _ATTEMPTS else _EPHEMERAL_START
