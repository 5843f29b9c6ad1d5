"""Keeps the producer's batches within what the topic takes, and sends again what was refused beside too large a record.

A broker refuses a batch whole. One that is larger than the topic takes comes from a limit that was lowered, or is not
known yet: the topic is asked again, the batches are made to fit, and the refused records are sent once more. A record
that was refused though its batch was made to fit is too large by itself.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import structlog

from ingestor_api.batch_bytes import fitting, record_bytes, smaller
from ingestor_api.producers import Producers
from ingestor_api.receipts import KafkaReceipt, RecordTooLarge
from ingestor_common.kafka import KafkaMessage
from ingestor_common.records import Headers

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 60.0
"""Between two looks at the topic's limit where nothing is refused."""
_LOOK_AGAIN_SECONDS: Final = 10.0
"""After a look that failed."""
_PAUSE_SECONDS: Final = 0.1
"""After a look, so that refusals, however many, do not become as many requests to the brokers."""


class Refused(NamedTuple):
    """A record that a broker refused for the size of its batch, which had at most `batch_bytes`.

    `time_ms` is the record's date, which `message` does not have any more.
    """

    delivery: "asyncio.Future[KafkaReceipt]"
    time_ms: int
    batch_bytes: int
    message: KafkaMessage


class Resending:
    """`look` gives the topic's limit, None where it is not known, and may block; `send` sends a record once more."""

    def __init__(self, producers: Producers, look: Callable[[], int | None], send: Callable[[Refused], None]) -> None:
        self._producers = producers
        self._look = look
        self._send = send
        self._waiting: list[Refused] = []
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def add(self, refused: Refused) -> None:
        """Send the record again once the topic's limit is known, or fail its delivery with RecordTooLarge."""
        self._waiting.append(refused)
        self._wake.set()

    def stop(self) -> None:
        """End; every delivery has to be done by now."""
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            # Only what was refused before the look is judged by it.
            refused, self._waiting = self._waiting, []
            limit = await self._fit(refused)
            for each in refused:
                if not each.delivery.done():
                    self._settle(each, limit)
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._wait(LOOK_SECONDS if limit is not None else _LOOK_AGAIN_SECONDS)

    async def _fit(self, refused: list[Refused]) -> int | None:
        """Make the batches fit; the topic's limit, where it is known."""
        limit = await asyncio.to_thread(self._look)
        try:
            await asyncio.to_thread(self._producers.fit, self._fitting(limit, refused))
        except Exception:
            # Whatever it is, those that were refused get their answer, and the next refusal another try.
            log.exception("the producer could not be replaced")
        return limit

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    def _fitting(self, limit: int | None, refused: list[Refused]) -> int:
        current = self._producers.batch_bytes
        if limit is not None:
            return fitting(limit)
        # A record that is larger than its batch was to be was alone in it: smaller batches would not help it.
        in_company = any(each.batch_bytes >= current and _bytes_of(each.message) <= current for each in refused)
        return smaller(current) if in_company else current

    def _settle(self, refused: Refused, limit: int | None) -> None:
        if refused.batch_bytes == self._producers.batch_bytes:
            refused.delivery.set_exception(RecordTooLarge(limit))
        else:
            self._send(refused)


def _bytes_of(message: KafkaMessage) -> int:
    return record_bytes(message.key() or b"", message.value() or b"", headers_of_message(message))


def headers_of_message(message: KafkaMessage) -> Headers:
    """The headers as they were handed over."""
    headers = message.headers() or []
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [(name, value.encode() if isinstance(value, str) else value or b"") for name, value in pairs]
