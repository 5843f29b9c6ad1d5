"""Wrong parameters: what is wrong with them, in words that say what is allowed."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from ingestor_api.errors import Problem
from ingestor_api.leaving import WatchedRoute
from ingestor_api.reports.parameters import MAX_PAGE, MAX_PAGE_SIZE
from ingestor_api.reports.periods import ALLOWED
from ingestor_common.events import FieldFault

_ALLOWED: Final = {
    "page": f"page must be a whole number from 1 to {MAX_PAGE}",
    "page_size": f"page_size must be a whole number from 1 to {MAX_PAGE_SIZE}",
    "time_range": f"time_range must be {ALLOWED}",
    "date_range": f"date_range must be {ALLOWED}",
}


class ReportRoute(WatchedRoute):
    """A route whose wrong parameters are answered with 400 and these words."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_with_words(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                faults = tuple(_fault(detail) for detail in error.errors())
                raise Problem(400, faults[0].reason, reason="invalid", details=faults) from None

        return handle_with_words


def _fault(detail: dict[str, Any]) -> FieldFault:
    name = str(detail["loc"][-1])
    if name in _ALLOWED:
        return FieldFault(name, _ALLOWED[name])
    missing = detail["type"] == "missing" or detail["input"] == ""
    return FieldFault(name, f"{name} is required" if missing else f"invalid {name} format")
