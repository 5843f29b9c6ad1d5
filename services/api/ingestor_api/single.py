"""POST /api/events: parse the event, make it durable, answer."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from ingestor_api.admission import Admission
from ingestor_api.auth.caller import Caller
from ingestor_api.errors import Problem, field_problem, invalid, refused, unavailable
from ingestor_api.ingest import Ingest
from ingestor_api.metrics import count_accepted
from ingestor_api.receipts import DirectReceipt, KafkaReceipt, Receipt, Refused, TooLarge, TooOld, Unavailable, mode_of
from ingestor_api.trace import Trace
from ingestor_common.events import Event, InvalidEvent, parse
from ingestor_common.records import moment_of, now_ms

MAX_EVENT_BYTES: Final = 64 * 1024


class _Accepted(msgspec.Struct, frozen=True, gc=False):
    message: str
    event_id: str
    timestamp: datetime


class KafkaAccepted(_Accepted, frozen=True, gc=False):
    """The answer to an event that Kafka has acknowledged; `timestamp` is the event's own."""

    mode: Literal["kafka"]
    receipt: KafkaReceipt


class DirectAccepted(_Accepted, frozen=True, gc=False):
    """The answer to an event that Postgres has committed; `timestamp` is the event's own."""

    mode: Literal["direct"]
    receipt: DirectReceipt


class Single:
    """The route for one event."""

    route: Final = "/api/events"
    max_bytes: Final = MAX_EVENT_BYTES

    def __init__(self, ingest: Ingest, admission: Admission) -> None:
        self._ingest = ingest
        self.admission = admission

    async def answer(self, body: bytes, caller: Caller, trace: Trace) -> bytes:
        """The 201's body. Raises Problem."""
        accepted_ms = now_ms()
        try:
            event = parse(body, moment_of(accepted_ms / 1000))
        except InvalidEvent as error:
            raise invalid(error) from None
        try:
            receipt = await self._ingest.store(event, trace, accepted_ms)
        except TooOld as error:
            raise field_problem("timestamp", str(error)) from None
        except TooLarge as error:
            raise Problem(413, str(error), reason="too_large") from None
        except Refused as error:
            raise refused(str(error)) from None
        except Unavailable as error:
            raise unavailable(str(error)) from None
        count_accepted(mode_of(receipt), event.event_type)
        return _encode(_answer(event, receipt))


def _answer(event: Event, receipt: Receipt) -> _Accepted:
    if isinstance(receipt, KafkaReceipt):
        return KafkaAccepted("event accepted", event.event_id, event.timestamp, "kafka", receipt)
    return DirectAccepted("event accepted", event.event_id, event.timestamp, "direct", receipt)


_encode = msgspec.json.Encoder().encode
