"""Reading the JSON bodies of FastAPI's routes as those of the event routes are read."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from ingestor_api.errors import Problem, field_problem
from ingestor_common import json_text
from ingestor_common.json_text import NotJson


class JsonRoute(APIRoute):
    """A route whose body, where it has one, is read by `read_json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            return await handle(_JsonRequest(request.scope, request.receive))

        return handle_json


class _JsonRequest(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """The body's value. A text in it may have half of a surrogate pair: the models refuse it by its field.

    Raises Problem 400, saying what is wrong, where the body is no JSON in UTF-8 or is nested too deeply.
    """
    try:
        text = json_text.without_mark(body)
        json_text.require_text(text)
        # Of bytes it would take UTF-16 and another mark too.
        return json.loads(text.decode(), parse_constant=_refuse, parse_float=_number)
    except (RecursionError, UnicodeDecodeError) as error:
        raise _no_json(json_text.words_of(error)) from None
    except json.JSONDecodeError as error:
        raise _no_json(f"{error.msg[:1].lower()}{error.msg[1:]} (character {error.pos})") from None
    except NotJson as error:
        raise _no_json(str(error)) from None
    except ValueError:
        # Python's bound for integers.
        raise _no_json("a number in it has more than 4300 digits") from None


def _number(written: str) -> int | float:
    whole = json_text.whole_number(written.encode())
    return float(written) if whole is None else whole


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is no JSON")


def _no_json(words: str) -> Problem:
    return field_problem("body", f"the body is not JSON in UTF-8: {words}")
