"""A TCP proxy before a broker that answers produce requests itself, as the broker would that has a reason to refuse."""

import asyncio
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from uuid import uuid4

from confluent_kafka.admin import AdminClient
from integration.stack import make_topic, running_kafka

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.ports import free_ports

_PRODUCE = 0
_FIRST_FLEXIBLE_PRODUCE = 9
_NO_OFFSET = -1


class RefusingProxy:
    """Forwards Kafka's protocol; runs in a thread of its own. `port` is where it listens."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._refusals: list[int] = []
        self._refused = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def refuse_next(self, error: int) -> None:
        """Refuse the next produce request with this error code, for all its partitions; the broker never sees it.

        The sender gets the refusal just before the broker's next answer over the same connection, so that a request
        that was sent meanwhile is refused by nobody.
        """
        self._refused.clear()
        self._refusals.append(error)

    def wait_refused(self) -> None:
        """Return once the request that is to be refused has come."""
        assert self._refused.wait(20), "no produce request came"

    def close(self) -> None:
        """Stop listening and end all connections."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _shut(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        kept: list[bytes] = []
        answers = asyncio.create_task(self._answers(there, writer, kept))
        try:
            while True:
                request = await _message(reader)
                answer = self._refusal(request)
                if answer is None:
                    back.write(_framed(request))
                else:
                    kept.append(answer)
                    self._refused.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            answers.cancel()
            writer.close()
            back.close()

    async def _answers(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, refusals: list[bytes]) -> None:
        try:
            while True:
                answer = await _message(there)
                while refusals:
                    writer.write(_framed(refusals.pop(0)))
                writer.write(_framed(answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _refusal(self, request: bytes) -> bytes | None:
        kind, version, correlation = struct.unpack_from(">hhi", request)
        if kind != _PRODUCE or not self._refusals:
            return None
        assert version >= _FIRST_FLEXIBLE_PRODUCE, f"the client sends produce requests of version {version}"
        return _refused(_Fields(request, 8).produced(), correlation, self._refusals.pop(0))


class _Fields:
    """Reads a request's fields in order, as Kafka's protocol guide gives them."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def produced(self) -> dict[bytes, list[int]]:
        """A produce request's topics and partitions, read from its header's client id on."""
        (length,) = struct.unpack(">h", self._take(2))
        self._take(max(length, 0))
        self._tags()
        self._compact()  # the transactional id
        self._take(2 + 4)  # acks, timeout
        return {self._topic(): self._partitions() for _ in range(self._varint() - 1)}

    def _topic(self) -> bytes:
        return self._compact()

    def _partitions(self) -> list[int]:
        found: list[int] = []
        for _ in range(self._varint() - 1):
            found += struct.unpack(">i", self._take(4))
            self._compact()  # the records
            self._tags()
        self._tags()
        return found

    def _compact(self) -> bytes:
        return self._take(max(self._varint() - 1, 0))

    def _tags(self) -> None:
        for _ in range(self._varint()):
            self._varint()
            self._take(self._varint())

    def _varint(self) -> int:
        value = shift = 0
        while True:
            (byte,) = self._take(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _take(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]


def _refused(produced: dict[bytes, list[int]], correlation: int, error: int) -> bytes:
    """The answer to a produce request whose records were not taken."""
    answer = struct.pack(">ib", correlation, 0) + _varint(len(produced) + 1)
    for topic, partitions in produced.items():
        answer += _varint(len(topic) + 1) + topic + _varint(len(partitions) + 1)
        for partition in partitions:
            answer += struct.pack(">ihqqq", partition, error, _NO_OFFSET, _NO_OFFSET, _NO_OFFSET)
            answer += bytes([1, 0, 0])  # no record's error, no message, no tags
        answer += bytes([0])
    return answer + struct.pack(">ib", 0, 0)


def _varint(value: int) -> bytes:
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


async def _message(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(length)


def _framed(message: bytes) -> bytes:
    return struct.pack(">i", len(message)) + message


@dataclass(frozen=True)
class ProxiedKafka:
    """A Kafka node whose clients are all sent to the proxy before it."""

    server: EmbeddedKafka
    proxy: RefusingProxy

    def new_topic(self) -> str:
        """A topic of one partition that nothing was written to."""
        name = f"new-{uuid4().hex[:12]}"
        make_topic(AdminClient(self.server.client_config()), name, 1)
        return name


@contextmanager
def running_proxied_kafka() -> Iterator[ProxiedKafka]:
    """A ready node and its proxy."""
    port, front = free_ports(2)
    with (
        closing(RefusingProxy(front, port)) as proxy,
        running_kafka(port=port, extra={"advertised.listeners": f"CLIENTS://127.0.0.1:{front}"}) as server,
    ):
        yield ProxiedKafka(server, proxy)
