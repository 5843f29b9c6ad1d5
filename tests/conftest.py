"""What several workers that test side by side (`pytest --numprocesses`) must not share."""

import os
import signal

import pytest
from hypothesis import settings

from ingestor_dev.embedded.ports import usable_ports

# How long an example takes says how busy the machine is; no test promises anything about it.
settings.register_profile("any pace", deadline=None)
settings.load_profile("any pace")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give this worker ports of its own, also for the programs that it starts, and these their Ctrl-C."""
    # Ignored by who was started in the background, it would be by all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    ports, workers = usable_ports(), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    share = len(ports) // workers
    first = ports[int(worker.removeprefix("gw")) * share]
    os.environ["INGESTOR_FREE_PORTS"] = f"{first}-{first + share - 1}"
