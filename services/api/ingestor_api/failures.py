"""Turns whatever ends a FastAPI request early into the one error body."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from ingestor_api.errors import INTERNAL, Problem, body_of, busy, sentence_of, unavailable, unknown_method
from ingestor_api.known_fields import fields_at, missing_field, unknown_field
from ingestor_common.events import FieldFault
from ingestor_common.json_text import LONGEST_NAME
from ingestor_common.store.errors import CONNECTION_LOST, in_words, is_transient
from ingestor_common.store.pool import PoolBusy
from ingestor_common.validation_words import words_of_fault

BUSY_SECONDS: Final = 10
"""After which those who hold all the connections now have been answered, or refused for taking too long."""

# The framework's own words say what is wrong; these also say what to do.
_WORDS: Mapping[int, str] = {404: "no such route; GET /docs lists them all"}


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(405, _unknown_method)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(PoolBusy, _busy)
    for kind in (OSError, asyncpg.PostgresError, *CONNECTION_LOST):
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(Exception, _crash)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for this class
    _let_go(error)
    if isinstance(error, Problem):
        return _response(request, error.status_code, error.detail, error.details, error.headers)
    words = _WORDS.get(error.status_code, error.detail)
    return _response(request, error.status_code, words, (), error.headers)


async def _unknown_method(request: Request, error: Exception) -> Response:
    # The framework names the methods of the first route of this path only.
    routes = iter_route_contexts(request.app.routes)
    matching = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return await _http(request, unknown_method({method for route in matching for method in route.methods or ()}))


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for this class
    _let_go(error)
    body = getattr(request.scope.get("route"), "body_field", None)
    annotation = None if body is None else body.field_info.rebuild_annotation()
    faults = tuple(_fault(detail["loc"], _words_of(detail, annotation)) for detail in error.errors())
    return _response(request, 400, sentence_of(faults), faults)


async def _database(request: Request, error: Exception) -> Response:
    if not is_transient(error):
        raise error
    _let_go(error)
    if isinstance(error, (TimeoutError, asyncpg.QueryCanceledError)):
        return await _http(request, unavailable("the database has not answered in time"))
    problem = unavailable(f"the database is not available ({in_words(error)})")
    return await _http(request, problem)


async def _busy(request: Request, error: Exception) -> Response:
    _let_go(error)
    words = "too many requests that use the database run at once"
    return await _http(request, busy(words, BUSY_SECONDS))


async def _crash(request: Request, error: Exception) -> Response:
    # The request's context logs it.
    return _response(request, 500, INTERNAL)


def _let_go(error: BaseException) -> None:
    """Forget where an error that is answered came from.

    The framework's frames hold their own errors, and the request's body with them: such a circle stays in memory until
    the collector comes by, which here is rarely.
    """
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__


def _words_of(detail: Mapping[str, Any], body: object) -> str:
    """What is wrong with a field of a request whose body is of the type `body`."""
    where, *location = detail["loc"]
    known = fields_at(body, location[:-1]) if where == "body" and location else []
    if known and detail["type"] == "extra_forbidden":
        return unknown_field(str(location[-1]), known)
    if known and detail["type"] == "missing":
        return missing_field(str(location[-1]), detail["input"], known)
    return words_of_fault(detail["type"], detail["msg"])


def _fault(location: tuple[int | str, ...], reason: str) -> FieldFault:
    # The first part is where it stood: path, query or body, which is all there is where the whole body is at fault.
    names = [str(part)[:LONGEST_NAME] for part in location[1:]]
    return FieldFault(".".join(names) or str(location[0]), reason)


def _response(
    request: Request,
    status: int,
    error: str,
    details: tuple[FieldFault, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = body_of(error, request.scope["trace"].request_id, details)
    return Response(body, status, headers=headers, media_type="application/json")
