"""Loads a running API with single events over keep-alive connections and reports rate and latency.

    python bench/api_load.py --url http://127.0.0.1:8080 --token "$TOKEN" --connections 64 --seconds 10

Bounded by its arguments, and meant for the loopback: client and service share the machine. The client writes raw HTTP
over asyncio protocols, since a full client library would take as much processor time as the service.
"""

import asyncio
import itertools
import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import click
import uvloop

_SESSIONS = 200


@dataclass
class Result:
    """What the clients saw."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def line(self, seconds: float) -> str:
        ordered = sorted(self.latencies)
        ranks = [f"p{share} {1000 * ordered[len(ordered) * share // 100]:.2f} ms" for share in (50, 95, 99)]
        return f"{len(ordered) / seconds:.0f} req/s  {'  '.join(ranks)}  statuses {dict(self.statuses)}"


class Requests:
    """Makes the request bytes: many sessions, every event its own."""

    def __init__(self, host: str, token: str, batch: int) -> None:
        self._sessions = itertools.cycle([str(uuid.uuid4()) for _ in range(_SESSIONS)])
        self._numbers = itertools.count()
        self._run = uuid.uuid4().hex[:8]
        self._batch = batch
        self._head = f"POST /api/events{'/batch' if batch > 1 else ''} HTTP/1.1\r\nHost: {host}\r\n".encode()
        self._head += f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n".encode()
        ids = {name: str(uuid.uuid4()) for name in ("quiz_id", "classroom_id", "question_id", "student_id")}
        self._rest = json.dumps(ids)[1:-1]

    def next(self) -> bytes:
        events = [self._event() for _ in range(self._batch)]
        body = (events[0] if self._batch == 1 else "[" + ",".join(events) + "]").encode()
        return self._head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def _event(self) -> str:
        number = next(self._numbers)
        return (
            f'{{"event_id":"{self._run}-{number}","event_type":"ANSWER_SUBMITTED","answer":"B","response_time_ms":4200,'
            f'"timestamp":"{datetime.now(UTC).isoformat()}","session_id":"{next(self._sessions)}",{self._rest}}}'
        )


class Client(asyncio.Protocol):
    """One connection: sends the next request as soon as the last is answered."""

    def __init__(self, requests: Requests, result: Result, until: float) -> None:
        self._requests = requests
        self._result = result
        self._until = until
        self._buffer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        start = self._buffer.find(b"content-length: ")
        length = int(self._buffer[start + 16 : self._buffer.find(b"\r", start)])
        if len(self._buffer) < end + 4 + length:
            return
        self._result.statuses[int(self._buffer[9:12])] += 1
        self._result.latencies.append(time.perf_counter() - self._sent)
        self._buffer = b""
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._sent >= self._until:
            self._transport.close()
            return
        self._transport.write(self._requests.next())


async def load(url: str, token: str, connections: int, seconds: float, batch: int) -> Result:
    """Send for `seconds` over `connections`."""
    parts = urlsplit(url)
    requests = Requests(parts.netloc, token, batch)
    result = Result()
    until = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(
            lambda: Client(requests, result, until), parts.hostname or "127.0.0.1", parts.port or 80
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    return result


@click.command()
@click.option("--url", default="http://127.0.0.1:8080", show_default=True)
@click.option("--token", required=True)
@click.option("--connections", default=64, show_default=True, type=click.IntRange(1, 1000))
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0.1, 300))
@click.option("--batch", default=1, show_default=True, type=click.IntRange(1, 1000), help="events a request")
def main(url: str, token: str, connections: int, seconds: float, batch: int) -> None:
    """Load a running API and print what the clients saw."""
    result = uvloop.run(load(url, token, connections, seconds, batch))
    click.echo(result.line(seconds))


if __name__ == "__main__":
    main()
