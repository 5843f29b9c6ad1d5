"""What routes ask FastAPI for: the runtime, the request's trace, and a caller with the scope they need.

All of them are coroutines, though they wait for nothing: FastAPI has a thread do the others, and the request waits for
one with all that was read of it.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.routing import BaseRoute

from ingestor_api.auth.caller import Caller, Scope
from ingestor_api.errors import forbidden
from ingestor_api.runtime import Runtime
from ingestor_common.store.pool import Pool

# For the OpenAPI document alone: the verifier gives the better errors.
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The token of POST /api/auth/login")


async def runtime_of(request: Request) -> Runtime:
    """The process's runtime."""
    runtime: Runtime = request.app.state.runtime
    return runtime


TheRuntime = Annotated[Runtime, Depends(runtime_of)]


async def queries_of(runtime: TheRuntime) -> Pool:
    """The pool for everything that reads."""
    return runtime.queries


Queries = Annotated[Pool, Depends(queries_of)]


async def caller_of(
    request: Request,
    runtime: TheRuntime,
    _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Caller:
    """The verified caller; 401 without one."""
    authorization = request.headers.get("authorization")
    return await runtime.verifier.caller(None if authorization is None else authorization.encode("latin-1"))


AnyCaller = Annotated[Caller, Depends(caller_of)]


async def reader_of(caller: AnyCaller) -> Caller:
    """A caller with READ; 403 otherwise."""
    return _with_scope(caller, Scope.READ)


async def writer_of(caller: AnyCaller) -> Caller:
    """A caller with WRITE; 403 otherwise."""
    return _with_scope(caller, Scope.WRITE)


Reader = Annotated[Caller, Depends(reader_of)]
Writer = Annotated[Caller, Depends(writer_of)]


async def reader_or_writer_of(caller: AnyCaller) -> Caller:
    """A caller with READ or WRITE; 403 otherwise."""
    if not caller.scopes & {Scope.READ, Scope.WRITE}:
        raise forbidden("READ or WRITE")
    return caller


ReaderOrWriter = Annotated[Caller, Depends(reader_or_writer_of)]


def _with_scope(caller: Caller, scope: Scope) -> Caller:
    if scope not in caller.scopes:
        raise forbidden(scope)
    return caller


Check = Callable[[Caller], Awaitable[Caller]]
_CHECKS: Final[frozenset[Check]] = frozenset({reader_of, writer_of, reader_or_writer_of})


def check_of(route: BaseRoute | None) -> Check | None:
    """What the route asks of its caller; None where it asks for no token."""
    return _check_in(route.dependant) if isinstance(route, APIRoute) else None


def _check_in(dependant: Dependant) -> Check | None:
    found = (part.call if part.call in _CHECKS else _check_in(part) for part in dependant.dependencies)
    return next((check for check in found if check is not None), None)
