"""/healthz, /readyz and /metrics."""

import logging
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from ingestor_operator.run.bounded_site import BoundedSite
from ingestor_operator.run.watch_lag import WatchLag

log = structlog.get_logger(__name__)


class Health:
    """What the probes answer."""

    def __init__(self, watch_timeout: float) -> None:
        self.watch = WatchLag()
        self.waiting_for: str | None = "the Kubernetes API"
        """What keeps the operator from being ready; None once nothing does."""
        self._watch_timeout = watch_timeout

    def live(self) -> tuple[int, str]:
        """Not live where a restart would help: the watch is dead and does not know it."""
        behind = self.watch.behind(time.monotonic())
        if behind > self._watch_timeout:
            return 503, f"the watch has missed changes for {behind:.0f} seconds"
        return 200, "ok"

    def ready(self) -> tuple[int, str]:
        """Ready to act, or to take over."""
        return (503, f"waiting for {self.waiting_for}") if self.waiting_for else (200, "ok")


async def serve(health: Health, registry: CollectorRegistry, port: int) -> web.AppRunner:
    """Answer on the port until the runner is cleaned up."""

    async def live(_: web.Request) -> web.Response:
        status, text = health.live()
        return web.Response(status=status, text=text)

    async def ready(_: web.Request) -> web.Response:
        status, text = health.ready()
        return web.Response(status=status, text=text)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    app = web.Application(middlewares=[_own_faults])
    app.add_routes([web.get("/healthz", live), web.get("/readyz", ready), web.get("/metrics", metrics)])
    app.on_response_prepare.append(_last_of_its_connection)
    runner = web.AppRunner(app, access_log=None, logger=_silent())
    await runner.setup()
    await BoundedSite(runner, port).start()
    return runner


@web.middleware
async def _own_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log what fails in our own handlers; aiohttp is silent."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("a probe or scrape failed", path=request.path)
        raise


def _silent() -> logging.Logger:
    """A logger that says nothing: aiohttp logs a traceback for each malformed request, and anybody may send one."""
    logger = logging.Logger("aiohttp.server")
    logger.disabled = True
    return logger


async def _last_of_its_connection(_: web.Request, response: web.StreamResponse) -> None:
    response.force_close()
