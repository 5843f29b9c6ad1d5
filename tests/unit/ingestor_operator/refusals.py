"""Refusals as the API server answers them, and calls that it does not answer."""

import json
from typing import Any

from httpx2 import HTTPError, ReadTimeout, RemoteProtocolError, Request, Response
from lightkube.core.exceptions import ApiError

REQUEST = Request("PATCH", "https://kube/apis/apps/v1/namespaces/school/deployments/quiz-api")


LIMITS = {"timeout": {"connect": 3.0, "read": 7.0, "write": 5.0, "pool": 5.0}}
"""Seconds as the client notes them in each request."""


def request_of(method: str, path: str) -> Request:
    """A request for an object, or a list, of a namespace."""
    return Request(method, f"https://kube/apis/apps/v1/namespaces/school/{path}", extensions=LIMITS)


def timed_out(method: str, path: str) -> HTTPError:
    """What the client raises where nobody answers in time; it has no words."""
    return ReadTimeout("", request=request_of(method, path))


def broken(method: str, path: str) -> HTTPError:
    """What the client raises where the connection ends before the answer."""
    return RemoteProtocolError("", request=request_of(method, path))


def refusal(code: int, message: str, request: Request = REQUEST, causes: dict[str, str] | None = None) -> ApiError:
    """What the client raises for a refusal of that HTTP status, in those words; causes are messages by field."""
    body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "code": code, "message": message}
    body["details"] = {"causes": [{"field": field, "message": text} for field, text in (causes or {}).items()]}
    return ApiError(request=request, response=Response(code, content=json.dumps(body), request=request))
