"""Puts the service together: the front with the event routes, and FastAPI with everything else behind it."""

from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ingestor_api import catalog, event_methods, failures, health, lookup, openapi
from ingestor_api.admission import Admission, HeldBytes
from ingestor_api.auth import routes as auth
from ingestor_api.batch import Batch
from ingestor_api.context import JsonBody, RequestContext
from ingestor_api.docs import routes as docs
from ingestor_api.front import Front
from ingestor_api.reports import routes as reports
from ingestor_api.runtime import Runtime
from ingestor_api.single import Single
from ingestor_common.network_addresses import networks_of

BATCHES_AT_ONCE: Final = 32
# A batch of 5 MiB and a thousand events takes 28 MiB while it is worked on, a pod has 512 MiB.
BODY_BYTES_AT_ONCE: Final = 24 * 1024 * 1024
REJECTION_BYTES_AT_ONCE: Final = 8 * 1024 * 1024
"""Of these, of what batches that wait will say of their bad events: it never takes all the room of the bodies."""

ROUTERS: Final[tuple[APIRouter, ...]] = (
    auth.router,
    event_methods.router,
    lookup.router,
    catalog.router,
    reports.router,
    health.router,
    docs.router,
)


def build_fastapi() -> FastAPI:
    """Every route but the two of the front; `app.state.runtime` must be set before it serves."""
    # FastAPI's own pages load their scripts from a public CDN.
    app = FastAPI(
        title="Analytics Ingestor",
        version=openapi.VERSION,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    for router in ROUTERS:
        app.include_router(router)
    failures.install(app)
    openapi.install(app)
    return app


def build_app(runtime: Runtime) -> ASGIApp:
    """The whole service as one ASGI application."""
    app = build_fastapi()
    app.state.runtime = runtime
    bodies = HeldBytes(BODY_BYTES_AT_ONCE)
    others: ASGIApp = RequestContext(JsonBody(app, runtime.verifier, bodies))
    if proxies := runtime.settings.forwarded_allow_ips:
        # uvicorn types ASGI more narrowly than Starlette does.
        others = ProxyHeadersMiddleware(others, networks_of(proxies))  # type: ignore[assignment, arg-type]
    singles = Single(runtime.ingest, Admission(runtime.settings.max_in_flight))
    batches = Batch(runtime.ingest, Admission(BATCHES_AT_ONCE), HeldBytes(REJECTION_BYTES_AT_ONCE, bodies))
    return Front(others, runtime.verifier, [singles, batches], bodies)
