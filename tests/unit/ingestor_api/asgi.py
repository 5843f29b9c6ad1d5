"""Calls an ASGI application as a server would, without one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """What the application sent; `status` 0 if it sent nothing."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


async def call(
    app: ASGIApp,
    method: str,
    path: str,
    body: bytes | Sequence[Message] = b"",
    headers: dict[str, str] | None = None,
) -> Answer:
    """One request; `body` may be given as the messages in which a server hands it over."""
    messages = [{"type": "http.request", "body": body, "more_body": False}] if isinstance(body, bytes) else list(body)
    sent: list[Message] = []
    reads = iter(messages)

    async def receive() -> Message:
        message = next(reads, None)
        if message is None:
            assert messages, "nothing was to be read"
            # As of a client that waits for its answer.
            await asyncio.Event().wait()
        return message or {}

    async def send(message: Message) -> None:
        sent.append(message)

    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    await app(scope, receive, send)
    if not sent:
        return Answer(0, {}, b"")
    start = sent[0]
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], named, b"".join(message["body"] for message in sent[1:]))
