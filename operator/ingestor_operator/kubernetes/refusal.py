"""What the API server refuses, or does not answer, as a condition's reason and sentence."""

import re
from collections.abc import Collection

from httpx2 import HTTPError, HTTPStatusError, ReadTimeout, Request, TimeoutException
from lightkube.core.exceptions import ApiError

from ingestor_common.network_faults import network_fault
from ingestor_operator.observe.pods import one_line
from ingestor_operator.plan.problem import Problem

UNREACHABLE = "KubernetesUnreachable"
"""The reason of a call that nobody answered, and that may have been carried out all the same."""
_OBJECT = re.compile(r"/(?:api|apis/[^/]+)/v[^/]+/(?:namespaces/[^/]+/)?(.+)$")
_NO_RIGHT = re.compile(r" cannot \w+ (?:resource|path)\b")
"""The words for a right that lacks; a quota and an admission policy are answered 403 too."""
_VERBS = {"GET": "read", "POST": "create", "DELETE": "delete"}


def api_fault(error: HTTPError | TimeoutError) -> str:
    """The failure of one call in words, to stand after a colon; a TimeoutError is of a deadline for several calls."""
    if isinstance(error, TimeoutError):
        return network_fault(error)
    try:
        return api_problem(error).message.rstrip(".")
    except RuntimeError:
        # An error without a request cannot say of what it is one; whoever logs it must go on.
        return network_fault(error)


def api_problem(error: HTTPError) -> Problem:
    """The failure of one call as a condition's reason and sentence."""
    if not isinstance(error, HTTPStatusError):
        return Problem(UNREACHABLE, _unanswered(error))
    code = error.response.status_code
    if code == 404 and not isinstance(error, ApiError):
        # A missing object is an ApiError; plain text is what an unknown kind is answered with.
        return Problem("KindUnknown", f"The cluster has no {error.request.url.path}; install the CRD or do without.")
    text = _words(error)
    if code == 403 and "because it is being terminated" in text:
        return Problem("NamespaceTerminating", f"{text}.")
    if code == 403 and _NO_RIGHT.search(text):
        return Problem("Forbidden", f"{text}; grant it in the operator's Role or ClusterRole.")
    if error.request.method == "GET":
        return Problem("ReadFailed", f"The API server does not let {_object(error.request)} be read: {text}.")
    return Problem("ApplyFailed", f"{text}.")


def in_place_problem(error: ApiError, fields: Collection[str]) -> Problem:
    """An update that was refused for fields that a new object would be taken with."""
    what = _object(error.request)
    message = (
        f"Kubernetes does not change {what} in place as the spec asks, for {' and '.join(sorted(fields))}"
        f" ({one_line(_words(error))}). Put the former value back, or have it made anew by `kubectl delete {what}`: the"
        " operator creates it as the spec says, and what it was given, such as its addresses, is lost."
    )
    return Problem("FieldImmutable", message)


def refused_fields(error: HTTPError) -> frozenset[str]:
    """The fields for which an object was refused as not valid; none where it was refused for another reason."""
    if not isinstance(error, ApiError) or error.response.status_code != 422:
        return frozenset()
    details = error.status.details
    return frozenset(cause.field for cause in (details and details.causes) or [] if cause.field)


def _words(error: HTTPStatusError) -> str:
    """The API server's own words, also where it answers with plain text."""
    if isinstance(error, ApiError) and error.status.message:
        return error.status.message.rstrip(".")
    answer = f"{error.response.status_code} from {error.request.url.path}"
    text = one_line(error.response.text)
    return f"{answer}: {text}".removesuffix(": ").rstrip(".")


def _unanswered(error: HTTPError) -> str:
    request = error.request
    step = f"{_VERBS.get(request.method, 'write')} {_object(request)}"
    if not isinstance(error, TimeoutException):
        return f"The connection to the API server fails to {step}: {network_fault(error)}."
    limits = request.extensions.get("timeout", {})
    seconds = limits.get(type(error).__name__.removesuffix("Timeout").lower())
    within = f" within {seconds:.0f} seconds" if seconds else ""
    webhook = isinstance(error, ReadTimeout) and request.method != "GET"
    hint = "; an admission webhook that does not answer may be why" if webhook else ""
    return f"The API server did not answer{within} to {step}{hint}."


def _object(request: Request) -> str:
    """The object of the request as kubectl names it: deployments/quiz-api; a list has no name."""
    found = _OBJECT.search(request.url.path)
    return found.group(1) if found else request.url.path
