"""The FastAPI part of the service as the server calls it, over stores that are down."""

from functools import cache
from types import SimpleNamespace
from typing import Never, cast

from fastapi import FastAPI
from services import SECRET
from starlette.types import ASGIApp

from ingestor_api.admission import HeldBytes
from ingestor_api.app import build_fastapi
from ingestor_api.auth.tokens import OwnTokens
from ingestor_api.auth.verifier import Verifier
from ingestor_api.context import JsonBody, RequestContext
from ingestor_api.runtime import Runtime


class _Down:
    """A pool that has no connection to give."""

    def acquire(self, **_: object) -> Never:
        raise OSError


@cache
def fastapi_alone() -> FastAPI:
    """The application without what is before it."""
    app = build_fastapi()
    app.state.runtime = cast(
        Runtime, SimpleNamespace(verifier=Verifier(OwnTokens(SECRET), None), queries=_Down(), reports=_Down())
    )
    return app


def fastapi_part(bodies: int = 10**9) -> ASGIApp:
    """The application with what is before it; `bodies`: bytes of bodies held at once."""
    app = fastapi_alone()
    return RequestContext(JsonBody(app, app.state.runtime.verifier, HeldBytes(bodies)))
