"""Watching goes on while a part of the stack does not answer, and says which one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from ingestor_dev.embedded.ports import free_port
from ingestor_dev.up import watch
from ingestor_dev.up.stack import Stack
from ingestor_dev.up.watch import Fallen, Watch

CONSUMER = SimpleNamespace(program="ingestor-consumer", log=Path("/logs/ingestor-consumer.log"))


class Service:
    """A service's metrics, which it tells only while it does not hang."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await self.answers.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        finally:
            writer.close()


def stack_of(port: int, fallen: object = None) -> Any:
    return SimpleNamespace(
        services=[CONSUMER],
        metrics_ports=[port],
        dsn=f"postgresql://u:p@127.0.0.1:{free_port()}/d",
        fallen=lambda: fallen,
    )


@asynccontextmanager
async def watching(stack: Any) -> AsyncIterator[Callable[[str], Any]]:
    """Gives what waits until the watch has printed some words."""
    printed = StringIO()
    task = asyncio.create_task(Watch(cast(Stack, stack), Console(file=printed), lambda: "off").show())

    async def until(words: str) -> None:
        async with asyncio.timeout(10):
            while words not in printed.getvalue():
                assert not task.done(), task.result()
                await asyncio.sleep(0.01)

    try:
        yield until
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_PLAIN_SECONDS", 0.01)
    monkeypatch.setattr(watch, "_ANSWER_SECONDS", 0.1)


async def test_a_service_that_hangs_is_named_and_watched_on_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stored(_: object) -> int:
        return 7

    monkeypatch.setattr(watch, "_stored", stored)
    service = Service()
    async with (
        await asyncio.start_server(service.serve, "127.0.0.1", 0) as server,
        watching(stack_of(server.sockets[0].getsockname()[1])) as until,
    ):
        await until("ingestor-consumer does not answer; its log is /logs/ingestor-consumer.log")
        service.answers.set()
        await until("(total 7)")


async def test_a_database_that_does_not_answer_is_said() -> None:
    service = Service()
    service.answers.set()
    async with (
        await asyncio.start_server(service.serve, "127.0.0.1", 0) as server,
        watching(stack_of(server.sockets[0].getsockname()[1])) as until,
    ):
        await until("Postgres does not answer")


async def test_a_service_that_ended_ends_the_watch() -> None:
    with pytest.raises(Fallen, match="ingestor-consumer has ended by itself"):
        await Watch(cast(Stack, stack_of(free_port(), CONSUMER)), Console(file=StringIO()), lambda: "off").show()
