"""Reading the JSON bodies of FastAPI's routes as those of the event routes are read."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, Final, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ingestor_api.errors import MAX_FIELD, Problem, field_problem
from ingestor_common import json_text
from ingestor_common.json_text import LONGEST_NAME, NotJson

_MOST_DIGITS: Final = 1000
"""Of an integer that Python reads; it refuses those of more than 4300."""


class JsonRoute(APIRoute):
    """A route whose body, where it has one, is read by `read_json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            try:
                return await handle(_JsonRequest(request.scope, request.receive))
            except HTTPException as error:
                # Whatever fails while the body is read, the framework says that the client has sent a bad one.
                failure = error.__cause__
                if failure is None or isinstance(failure, ClientDisconnect):
                    raise
            raise failure

        return handle_json


class _JsonRequest(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """The body's value.

    Raises Problem 400, saying what is wrong, where the body is no JSON in UTF-8, is nested too deeply, or has half of a
    surrogate pair, also in a member that no model looks at.
    """
    try:
        text = json_text.without_mark(body)
        json_text.require_text(text)
        # Of bytes it would take UTF-16 and another mark too.
        value = json.loads(text.decode(), parse_constant=_refuse, parse_float=_number, parse_int=_integer)
    except (RecursionError, UnicodeDecodeError) as error:
        raise _no_json(json_text.words_of(error)) from None
    except json.JSONDecodeError as error:
        raise _no_json(f"{error.msg[:1].lower()}{error.msg[1:]} (character {error.pos})") from None
    except NotJson as error:
        raise _no_json(str(error)) from None
    if json_text.may_have_half_a_pair(text):
        _require_characters(value)
    return value


def _require_characters(body: Any) -> None:
    """Raises Problem 400 for a text, or a name, with half of a surrogate pair."""
    left: list[tuple[str, Any]] = [("", body)]
    while left:
        field, value = left.pop()
        if isinstance(value, str):
            half = json_text.half_a_pair(value)
            if half is not None:
                raise field_problem(field or "body", half)
        elif isinstance(value, dict):
            for name, member in reversed(value.items()):
                within = _within(field, name)
                left += ((within, member), (within, name))
        elif isinstance(value, list):
            left += ((_within(field, str(place)), each) for place, each in reversed(list(enumerate(value))))


def _within(field: str, part: str) -> str:
    # Of 500 levels no longer a path than is shown.
    return f"{field}.{part[:LONGEST_NAME]}".removeprefix(".")[:MAX_FIELD]


def _number(written: str) -> int | float:
    whole = json_text.whole_number(written.encode())
    return float(written) if whole is None else whole


def _integer(written: str) -> int:
    if len(written) <= _MOST_DIGITS:
        return int(written)
    # Of digits alone it is one.
    return json_text.whole_number(written.encode()) or 0


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is no JSON")


def _no_json(words: str) -> Problem:
    return field_problem("body", f"the body is not JSON in UTF-8: {words}")
