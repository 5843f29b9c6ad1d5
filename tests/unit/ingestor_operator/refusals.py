"""Refusals as the API server answers them."""

import json

from httpx2 import Request, Response
from lightkube.core.exceptions import ApiError

REQUEST = Request("PATCH", "https://kube/apis/apps/v1/namespaces/school/deployments/quiz-api")


def refusal(code: int, message: str) -> ApiError:
    """What the client raises for a refusal of that HTTP status, in those words."""
    body = {"kind": "Status", "apiVersion": "v1", "code": code, "message": message, "status": "Failure"}
    return ApiError(request=REQUEST, response=Response(code, content=json.dumps(body), request=REQUEST))
