"""Metrics that every service has. Each declares its own in its own metrics.py, with the names of the design."""

import platform
from importlib.metadata import version
from typing import Final

from prometheus_client import Info

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds, for anything that a person or an app waits for."""

_build = Info("ingestor_build", "Version of the running service")


def announce_build(service: str) -> None:
    """Set ingestor_build_info: the service, its version and Python's."""
    _build.info({"service": service, "version": version(f"ingestor-{service}"), "python": platform.python_version()})
