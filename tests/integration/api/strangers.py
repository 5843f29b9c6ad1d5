"""What strangers do to an API, at once and from many connections, as a process of its own.

Run as a script: PORT SECONDS CONNECTIONS WRITER READER (two tokens); prints as JSON how often each kind of abuse was
done, and what was answered. It imports nothing of the product.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count

MIB = 1024 * 1024
BLOCK = b"x" * 65536
ANSWER_SECONDS = 30.0
"""By then anything has to be answered or closed."""
UNREAD_SECONDS = 5.0


class Connection:
    """A connection of a stranger, who goes on sending whatever is answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def flood(self, block: bytes, most: int) -> None:
        """Send the block again and again, up to `most` bytes, or until the connection breaks."""
        for _ in range(most // len(block)):
            await self.send(block)

    async def status(self) -> str:
        """The answer's status."""
        line = await asyncio.wait_for(self._reader.readline(), ANSWER_SECONDS)
        return line[9:12].decode() if line else "closed"

    async def skip_the_rest(self) -> None:
        """Read what is left of an answer whose status was read."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await self._reader.readexactly(length)


def post(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *headers]).encode() + b"\r\n"


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


class Abuses:
    """The kinds of abuse. Each does its worst on a new connection and gives the status it was answered with."""

    def __init__(self, writer: str, reader: str) -> None:
        self._write = f"Authorization: Bearer {writer}"
        self._read = f"Authorization: Bearer {reader}"
        self._writer_token = writer
        self._numbers = count()

    async def trailers(self, on: Connection) -> str:
        await on.send(post("/api/events") + CHUNKED + b"1\r\na\r\n0\r\n")
        await on.flood(b"a-trailer: " + b"x" * 500 + b"\r\n", 8 * MIB)
        return await on.status()

    async def one_trailer_without_end(self, on: Connection) -> str:
        await on.send(post("/api/auth/login") + CHUNKED + b"1\r\na\r\n0\r\na: ")
        await on.flood(BLOCK, 8 * MIB)
        return await on.status()

    async def trailers_of_a_writer(self, on: Connection) -> str:
        await on.send(post("/api/events", self._write) + CHUNKED + b"1\r\na\r\n0\r\n")
        await on.flood(b"a-trailer: " + b"x" * 500 + b"\r\n", 8 * MIB)
        return await on.status()

    async def chunk_extensions(self, on: Connection) -> str:
        await on.send(post("/api/events", self._write) + CHUNKED + b"1;")
        await on.flood(BLOCK, 8 * MIB)
        return await on.status()

    async def tiny_chunks(self, on: Connection) -> str:
        await on.send(post("/api/events/batch", self._write) + CHUNKED)
        await on.flood(b"1\r\n \r\n" * 10_000, 8 * MIB)
        return await on.status()

    async def tiny_chunks_without_token(self, on: Connection) -> str:
        await on.send(post("/api/events/batch") + CHUNKED)
        await on.flood(b"1\r\n \r\n" * 10_000, 8 * MIB)
        return await on.status()

    async def head_without_end(self, on: Connection) -> str:
        await on.send(b"GET / HTTP/1.1\r\na: ")
        await on.flood(BLOCK, 8 * MIB)
        return await on.status()

    async def many_headers(self, on: Connection) -> str:
        await on.send(b"GET /healthz HTTP/1.1\r\n" + b"a:\r\n" * 8000 + b"\r\n")
        return await on.status()

    async def long_url_of_a_login(self, on: Connection) -> str:
        login = b'{"email":"nobody@school.example","password":"wrong password"}'
        await on.send(post(f"/api/auth/login?{'0=&' * 2700}", f"Content-Length: {len(login)}") + b"\r\n" + login)
        return await on.status()

    async def announced_batch(self, on: Connection) -> str:
        await on.send(post("/api/events/batch", self._write, f"Content-Length: {5 * MIB}") + b"\r\n")
        return await on.status()

    async def empty_lines(self, on: Connection) -> str:
        await on.flood(b"\r\n" * 30_000, 8 * MIB)
        return await on.status()

    async def body_without_token(self, on: Connection) -> str:
        path = ("/api/auth/login", "/api/auth/signup", "/api/reports/query", "/api/events/batch")[
            next(self._numbers) % 4
        ]
        await on.send(post(path, f"Content-Length: {MIB}") + b"\r\n")
        await on.flood(BLOCK, MIB - 65536)
        return await on.status()

    async def slow_login(self, on: Connection) -> str:
        await on.send(post("/api/auth/login", "Content-Length: 20000") + b"\r\n" + b" " * 19_000)
        return await on.status()

    async def large_head_without_body(self, on: Connection) -> str:
        headers = [f"header-{number}: {'x' * 320}" for number in range(90)]
        await on.send(post("/api/auth/login", "Content-Length: 100", *headers) + b"\r\n")
        return await on.status()

    async def expectation_without_token(self, on: Connection) -> str:
        await on.send(post("/api/events", "Expect: 100-continue", "Content-Length: 1000") + b"\r\n")
        status = await on.status()
        await on.flood(BLOCK, 8 * MIB)
        return status

    async def query_of_numbers(self, on: Connection) -> str:
        return await self._query(on, b'{"measures":[' + b"0," * 500_000 + b"0]}")

    async def query_of_unknown_fields(self, on: Connection) -> str:
        fields = ",".join(f'"{number}":0' for number in range(80_000))
        return await self._query(on, b"{%s}" % fields.encode())

    async def query_of_depth(self, on: Connection) -> str:
        return await self._query(on, b'{"filters":{"quiz_id":' + b"[" * 500_000 + b"]" * 500_000 + b"}}")

    async def batch_of_numbers(self, on: Connection) -> str:
        body = b"[" + b"0," * 2_600_000 + b"0]"
        await on.send(post("/api/events/batch", self._write, f"Content-Length: {len(body)}") + b"\r\n" + body)
        return await on.status()

    async def batch_of_bad_members(self, on: Connection) -> str:
        # One character beyond U+FFFF makes what is said of a name four times as large in memory.
        bad = b"{%s}" % b",".join(b'"\xf0\x9f\x98\x80%d":n' % number for number in range(20))
        body = b"[" + b",".join([bad] * 999) + b"]"
        await on.send(post("/api/events/batch", self._write, f"Content-Length: {len(body)}") + b"\r\n" + body)
        return await on.status()

    async def batch_of_many_bad_members(self, on: Connection) -> str:
        # Their faults take long to find, and an answer says only some of them.
        bad = b"{%s}" % b",".join(b'"k%07d":n' % number for number in range(50))
        body = b"[" + b",".join([bad] * 999) + b"]"
        await on.send(post("/api/events/batch", self._write, f"Content-Length: {len(body)}") + b"\r\n" + body)
        return await on.status()

    async def roster_of_numbers(self, on: Connection) -> str:
        body = b"[" + b"0," * 400_000 + b"0]"
        line = b"PUT /api/catalog/classrooms/00000000-0000-0000-0000-000000000000/students HTTP/1.1\r\nHost: x\r\n"
        await on.send(line + f"{self._write}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return await on.status()

    async def padded_tokens(self, on: Connection) -> str:
        status = ""
        for _ in range(20):
            padding = " " * (next(self._numbers) % 7000)
            token = f"Authorization: Bearer {padding}{self._writer_token}"
            await on.send(post("/api/events", token, "Content-Length: 2") + b"\r\n{}")
            status = await on.status()
            await on.skip_the_rest()
        return status

    async def upgrade_and_close(self, on: Connection) -> str:
        version = ("1.0", "1.1")[next(self._numbers) % 2]
        await on.send(f"GET /healthz HTTP/{version}\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n\r\n".encode())
        return await on.status()

    async def pipelined(self, on: Connection) -> str:
        await on.flood(b"GET / HTTP/1.1\r\n\r\n" * 3000, MIB)
        return await on.status()

    async def pipelined_behind_a_login(self, on: Connection) -> str:
        login = b'{"email":"nobody@school.example","password":"wrong password"}'
        await on.send(post("/api/auth/login", f"Content-Length: {len(login)}") + b"\r\n" + login)
        await on.flood(b"GET / HTTP/1.1\r\n\r\n" * 3000, MIB)
        return await on.status()

    async def answers_unread(self, on: Connection) -> str:
        await on.send(b"GET /openapi.json HTTP/1.1\r\n\r\n" * 50)
        await asyncio.sleep(UNREAD_SECONDS)
        return await on.status()

    async def _query(self, on: Connection, body: bytes) -> str:
        await on.send(post("/api/reports/query", self._read, f"Content-Length: {len(body)}") + b"\r\n" + body)
        return await on.status()

    def all(self) -> list[Callable[[Connection], Awaitable[str]]]:
        names = [name for name in vars(Abuses) if not name.startswith("_") and name != "all"]
        return [getattr(self, name) for name in names]


async def abuse(port: int, seconds: float, connections: int, abuses: Abuses) -> dict[str, Counter[str]]:
    """Abuse the API for so long; how often each kind got each status."""
    kinds = abuses.all()
    done: dict[str, Counter[str]] = {kind.__name__: Counter() for kind in kinds}
    turns = count()
    end = time.monotonic() + seconds

    async def one_after_the_other() -> None:
        while time.monotonic() < end:
            kind = kinds[next(turns) % len(kinds)]
            try:
                done[kind.__name__][await _once(port, kind)] += 1
            except asyncio.CancelledError:
                done[kind.__name__]["not over"] += 1
                return

    tasks = [asyncio.create_task(one_after_the_other()) for _ in range(connections)]
    await asyncio.wait(tasks, timeout=seconds + 5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks)
    return done


async def _once(port: int, kind: Callable[[Connection], Awaitable[str]]) -> str:
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        return await kind(Connection(reader, writer))
    except ConnectionError:
        return "reset"
    except TimeoutError:
        return "unanswered"
    finally:
        if writer is not None:
            writer.transport.abort()


def main() -> None:
    port, seconds, connections, writer, reader = sys.argv[1:]
    # Whoever else runs here, the API and its honest client among them, comes first.
    os.nice(19)
    done = asyncio.run(abuse(int(port), float(seconds), int(connections), Abuses(writer, reader)))
    print(json.dumps(done))


if __name__ == "__main__":
    main()
