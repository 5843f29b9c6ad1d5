"""Answers that a client need not fetch again: an entity tag of the content, and 304 while it stays the same."""

from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

# A late event or another answer key may change even the report of a session that has ended: whoever keeps an answer
# asks each time whether it is still good. It is for its reader alone.
_CACHE_CONTROL: Final = "private, no-cache"
_TAG_DIGITS: Final = 32


def conditional(request: Request, content: bytes) -> Response:
    """`content` (JSON) with its tag, or 304 without it where the request's If-None-Match already has that tag."""
    tag = f'"{sha256(content).hexdigest()[:_TAG_DIGITS]}"'
    headers = {"ETag": tag, "Cache-Control": _CACHE_CONTROL}
    if _knows(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def _knows(if_none_match: str, tag: str) -> bool:
    # RFC 9110, 13.1.2: any of a list, compared weakly, or * for whatever there is.
    known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return tag in known or "*" in known
