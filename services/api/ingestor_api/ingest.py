"""The one way through for events: to Kafka or directly to Postgres, and on to Postgres when Kafka is down."""

import asyncio
from collections.abc import Sequence

from ingestor_api.direct import DirectWriter, Write
from ingestor_api.expiry import Expiry
from ingestor_api.producer import Delivery, KafkaPath
from ingestor_api.receipts import Receipt, RecordTooLarge, Refused, TooLarge, Unavailable, Undelivered
from ingestor_api.rollout import Rollout
from ingestor_api.settings import Fallback
from ingestor_api.trace import Trace
from ingestor_common.events import Event
from ingestor_common.records import headers_of, key_of, value_of

Outcome = Receipt | Refused | Unavailable


class Ingest:
    """Makes events durable. `kafka` is None where Kafka is not enabled, `expiry` where only the store knows what has
    expired."""

    def __init__(
        self,
        kafka: KafkaPath | None,
        direct: DirectWriter,
        rollout: Rollout,
        fallback: Fallback,
        expiry: Expiry | None = None,
    ) -> None:
        self._kafka = kafka
        self._direct = direct
        self._rollout = rollout
        self._fallback = fallback
        self._expiry = expiry or Expiry()

    async def store(self, event: Event, trace: Trace, accepted_ms: int) -> Receipt:
        """Return once the event is durable. `accepted_ms` is when its time was judged, in milliseconds since 1970.

        Raises Unavailable or Refused.
        """
        if (refusal := self._expiry.refusal(event)) is not None:
            raise refusal
        delivery = self._send(event, trace, accepted_ms)
        if delivery is not None:
            try:
                return await delivery
            except Undelivered as error:
                self._require_fallback(error)
        return await self._direct.write(event)

    async def store_all(self, events: Sequence[Event], trace: Trace, accepted_ms: int) -> list[Outcome]:
        """What became of each event, in order; none hinders another."""
        sent = [self._expiry.refusal(event) or self._send(event, trace, accepted_ms) for event in events]
        delivered = [await self._delivered(delivery) for delivery in sent]
        pending = [
            self._direct.write(event) if outcome is None else outcome
            for event, outcome in zip(events, delivered, strict=True)
        ]
        return [await _written(item) for item in pending]

    def _send(self, event: Event, trace: Trace, accepted_ms: int) -> Delivery | None:
        """The delivery to Kafka under way, or None for an event that does not belong there."""
        if self._kafka is None or not self._rollout.takes(event):
            return None
        return self._kafka.send(key_of(event), value_of(event), headers_of(event, *trace), accepted_ms)

    async def _delivered(self, delivery: Delivery | Refused | None) -> Outcome | None:
        """The delivery's outcome, or None where the event is to be written directly."""
        if delivery is None or isinstance(delivery, Refused):
            return delivery
        try:
            return await delivery
        except Undelivered as error:
            try:
                self._require_fallback(error)
            except (Refused, Unavailable) as final:
                return final
            return None

    def _require_fallback(self, error: Undelivered) -> None:
        if self._fallback != "none":
            return
        if isinstance(error, RecordTooLarge):
            raise TooLarge(f"{error}, and KAFKA_FALLBACK is none; send a smaller event") from None
        raise Unavailable(f"Kafka did not take the event ({error}), and KAFKA_FALLBACK is none") from None


async def _written(item: Write | Outcome) -> Outcome:
    if not isinstance(item, asyncio.Future):
        return item
    try:
        return await item
    except (Refused, Unavailable) as error:
        return error
