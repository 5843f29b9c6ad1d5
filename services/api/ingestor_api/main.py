"""The `ingestor-api` command."""

import errno
import gc
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

import structlog
import uvicorn
import uvloop

from ingestor_api.app import build_app
from ingestor_api.bounds import MAX_CONNECTIONS
from ingestor_api.draining import DrainingServer, connect
from ingestor_api.runtime import Runtime, open_runtime
from ingestor_api.settings import ApiSettings
from ingestor_common import logs
from ingestor_common.command_line import take_no_arguments
from ingestor_common.kafka import require_usable
from ingestor_common.listening import every_interface, listen
from ingestor_common.metrics import announce_build
from ingestor_common.probes import PortTaken, ProbeServer
from ingestor_common.settings import load_or_exit

log = structlog.get_logger(__name__)

# A request takes at most the delivery's 2 s and the direct write's 4 s; after the drain, all of stopping stays within
# 10 s.
GRACEFUL_SECONDS: Final = 7
# Longer than what load balancers and service meshes commonly keep, so that they close first.
KEEP_ALIVE_SECONDS: Final = 75
BACKLOG: Final = 2048
OTHER_FILES: Final = 1024
"""What is open beside the connections of clients: to Postgres and Kafka, and of clients that are being closed."""
# Collecting after every 700 new objects took a quarter of the processor time under load; requests leave no cycles.
GC_THRESHOLDS: Final = (50_000, 20, 100)


def main() -> None:
    """Serve until SIGTERM or SIGINT; then drain, finish what was accepted and exit with 0."""
    take_no_arguments("ingestor-api", "Take events over HTTP, and serve the reports.")
    settings = load_or_exit(ApiSettings, _require_kafka)
    logs.configure("api", settings.log_level)
    announce_build("api")
    _on_stop(_end)
    _allow_connections()
    with _listen(settings) as listener:
        uvloop.run(_serve(settings, listener))


def _require_kafka(settings: ApiSettings) -> None:
    if settings.kafka_enabled:
        require_usable(settings)


def _on_stop(handler: Callable[..., None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _end(*_: object) -> None:
    sys.exit(0)


def _go_on(*_: object) -> None:
    """The server repeats the signal it stopped for; what comes after it is ours to finish."""


def _allow_connections() -> None:
    """Have a file for each connection that may be kept, where the system's usual 1,024 can be raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _listen(settings: ApiSettings) -> socket.socket:
    try:
        return listen(settings.host, settings.port, BACKLOG)
    except OSError as error:
        where = f"HOST {settings.host or every_interface()}, PORT {settings.port}"
        sys.exit(f"cannot listen on {where}: {error.strerror}; choose another {_at_fault(error)}")


def _at_fault(error: OSError) -> str:
    """Which of the two settings another value of would help."""
    # The resolver's errors have numbers of their own.
    is_of_port = error.errno in (errno.EADDRINUSE, errno.EACCES) and not isinstance(error, socket.gaierror)
    return "PORT" if is_of_port else "HOST"


async def _serve(settings: ApiSettings, listener: socket.socket) -> None:
    async with open_runtime(settings) as runtime:
        probes = _start_probes(settings, runtime)
        try:
            config = uvicorn.Config(build_app(runtime), **_server_options())
            server = DrainingServer(config, settings.drain_seconds, runtime.health.leave)
            _collect_rarely()
            host, port = listener.getsockname()[:2]
            log.info("serving", host=host, port=port, kafka=settings.kafka_enabled)
            _on_stop(_go_on)
            await server.serve(sockets=[listener])
        finally:
            probes.stop()
    log.info("stopped; everything accepted is durable")


def _collect_rarely() -> None:
    """Leave what start-up has made to itself, and look for reference cycles now and then only."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _start_probes(settings: ApiSettings, runtime: Runtime) -> ProbeServer:
    probes = ProbeServer(
        settings.metrics_port,
        chosen=settings.metrics_port_is_chosen,
        live=runtime.health.live,
        ready=runtime.health.ready,
        sees=runtime.health.sees,
    )
    try:
        port = probes.start()
    except PortTaken as error:
        sys.exit(str(error))
    log.info("metrics and probes", port=port)
    return probes


def _server_options() -> dict[str, Any]:
    return {
        "loop": "uvloop",
        "http": connect,
        "ws": "none",
        "lifespan": "off",
        "interface": "asgi3",
        "access_log": False,
        "log_config": None,
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": GRACEFUL_SECONDS,
    }
