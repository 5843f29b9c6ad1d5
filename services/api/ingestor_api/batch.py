"""POST /api/events/batch: each event of the array on its own, with one answer for all."""

import asyncio
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from ingestor_api.admission import Admission, HeldBytes, Share
from ingestor_api.arrays import elements_of
from ingestor_api.auth.caller import Caller
from ingestor_api.errors import Problem, field_problem, shown, throttled, unavailable
from ingestor_api.ingest import Ingest, Outcome
from ingestor_api.metrics import count_accepted, count_rejected
from ingestor_api.receipts import Refused, TooLarge, TooOld, Unavailable, mode_of
from ingestor_api.rejections import Rejected, Rejections
from ingestor_api.single import MAX_EVENT_BYTES
from ingestor_api.trace import Trace
from ingestor_common import json_parts, json_text
from ingestor_common.counted_nouns import counted_noun
from ingestor_common.event_fields import id_of
from ingestor_common.events import Event, FieldFault, Identity, InvalidEvent, parse
from ingestor_common.json_text import ERRORS, NotJson, reason_of
from ingestor_common.records import moment_of, now_ms
from ingestor_common.turns import Turns

MAX_BATCH_BYTES: Final = 5 * 1024 * 1024
MAX_BATCH_EVENTS: Final = 1000
READING_SECONDS: Final = 10.0
"""For a batch to be read, turns of everything else included: a good one has two or three turns to wait for."""

_Element = msgspec.Raw | bytes


class BatchAccepted(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to a batch of which at least one event is durable; `mode` is kafka, direct or mixed."""

    message: str
    user_id: str
    processed_count: int
    total_events: int
    mode: str
    errors: list[str] = []
    rejected: list[Rejected] = []


@dataclass(slots=True)
class _Sorted:
    """A batch read: the good events with their places, and the others."""

    rejections: Rejections
    events: dict[int, Event] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return len(self.events) + len(self.rejections.of_index)


class Batch:
    """The route for many events. What is to be said of the bad ones counts among `held` until the answer is made."""

    route: Final = "/api/events/batch"
    max_bytes: Final = MAX_BATCH_BYTES

    def __init__(self, ingest: Ingest, admission: Admission, held: HeldBytes) -> None:
        self._ingest = ingest
        self.admission = admission
        self._held = held
        self._turns = Turns()

    async def answer(self, body: bytes, caller: Caller, trace: Trace) -> bytes:
        """The 201's body. Raises Problem where no event of it is durable; 429 where it is not read in time."""
        share = Share(self._held)
        try:
            return await self._answer(body, caller, trace, _Sorted(Rejections(share)))
        finally:
            share.end()

    async def _answer(self, body: bytes, caller: Caller, trace: Trace, batch: _Sorted) -> bytes:
        accepted_ms = now_ms()
        try:
            async with asyncio.timeout(READING_SECONDS):
                await self._turns.do(_read(body, moment_of(accepted_ms / 1000), batch))
        except TimeoutError:
            # Its sender would have left by the time that it is read, and its bytes are held from others.
            words = f"other batches are read too, and this one was not read in {READING_SECONDS:g} s"
            raise throttled(f"{words}; send it again after Retry-After") from None
        events = list(batch.events.values())
        outcomes = dict(zip(batch.events, await self._ingest.store_all(events, trace, accepted_ms), strict=True))
        failures = {
            index: _failure(index, batch.events[index], outcome)
            for index, outcome in outcomes.items()
            if isinstance(outcome, Refused | Unavailable)
        }
        rejected = [rejection for _, rejection in sorted((batch.rejections.of_index | failures).items())]
        if len(rejected) == batch.total:
            raise _nothing_stored(rejected, [*batch.rejections.faults, *_expired(outcomes)])
        _count(batch, outcomes)
        return _encode(_accepted(batch, outcomes, rejected, caller))


def _elements(body: bytes) -> Generator[None, None, Sequence[_Element]]:
    elements = yield from _divided(body)
    if elements is None or len(elements) > MAX_BATCH_EVENTS:
        found = f"the batch has more than {MAX_BATCH_EVENTS} events"
        raise field_problem("body", f"{found}; send at most {MAX_BATCH_EVENTS} at a time")
    if not elements:
        raise field_problem("body", "the batch is empty; send 1 to 1000 events")
    return elements


def _divided(body: bytes) -> Generator[None, None, Sequence[_Element] | None]:
    try:
        return elements_of(body, MAX_BATCH_EVENTS)
    except ERRORS as error:
        refusal = error
    # What is at fault may be in one event alone.
    try:
        text = json_text.without_mark(body)
    except NotJson as error:
        words = str(error)
    else:
        elements = []
        with suppress(NotJson):
            for element in json_parts.elements(text):
                elements.append(element)
                if len(elements) > MAX_BATCH_EVENTS:
                    # They are too many whatever follows, and it would be kept.
                    return None
                yield
            return elements
        words = reason_of(body, refusal)
    raise field_problem("body", f"the body is not a JSON array of events in UTF-8: {words}")


def _read(body: bytes, now: datetime, batch: _Sorted) -> Iterator[None]:
    """Sort the events into `batch`, one a step. Raises Problem where the body is no array of events."""
    elements = yield from _elements(body)
    seen: dict[Identity, Event] = {}
    for index, element in enumerate(elements):
        try:
            event = _event(element, now, batch.rejections.most_faults)
            _require_same(event, seen.setdefault(event.identity, event))
        except InvalidEvent as error:
            batch.rejections.add(index, error)
        else:
            batch.events[index] = event
        yield


def _event(element: _Element, now: datetime, most_faults: int) -> Event:
    written = bytes(element)
    if not written:
        raise InvalidEvent("no event stands here: the batch has a comma too many; leave it out")
    if written.startswith(BOM_UTF8):
        # `parse` takes it for the one that a text may begin with.
        reason = "the event is not a JSON object in UTF-8: a byte-order mark may only begin the batch"
        raise InvalidEvent(reason, event_id=id_of(written.removeprefix(BOM_UTF8)))
    if len(written) > MAX_EVENT_BYTES:
        reason = f"invalid event: it is larger than {MAX_EVENT_BYTES} bytes; leave out what is not known here"
        raise InvalidEvent(reason, event_id=id_of(written))
    return parse(written, now, most_faults)


def _require_same(event: Event, first: Event) -> None:
    """An event repeated word for word is a retry; with other words, one of the two would silently be dropped."""
    if event != first:
        reason = "event_id stands twice in this batch, for the same session and timestamp, with different content"
        raise InvalidEvent(reason, (FieldFault("event_id", reason),), event.event_id)


def _failure(index: int, event: Event, outcome: Refused | Unavailable) -> Rejected:
    if isinstance(outcome, TooOld | TooLarge):
        return Rejected(index, event.event_id, str(outcome))
    if isinstance(outcome, Refused):
        return Rejected(index, event.event_id, f"the database refuses this event: {outcome}")
    return Rejected(index, event.event_id, f"not stored: {outcome}; send it again", retry=True)


def _expired(outcomes: dict[int, Outcome]) -> Iterator[FieldFault]:
    for index, outcome in outcomes.items():
        if isinstance(outcome, TooOld):
            yield FieldFault(f"[{index}].timestamp", str(outcome))


def _nothing_stored(rejected: list[Rejected], faults: list[FieldFault]) -> Problem:
    none = f"none of {counted_noun(len(rejected), 'event')}"
    retriable = next((rejection for rejection in rejected if rejection.retry), None)
    if retriable is not None:
        return unavailable(f"{none} is stored ({retriable.reason})", len(rejected))
    message = f"{none} is valid; {_words(rejected[0])}"
    return Problem(400, message, reason="invalid", details=tuple(faults), events=len(rejected))


def _count(batch: _Sorted, outcomes: dict[int, Outcome]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for index, outcome in outcomes.items():
        if isinstance(outcome, TooOld):
            count_rejected("invalid")
        elif isinstance(outcome, Refused):
            count_rejected("refused")
        elif isinstance(outcome, Unavailable):
            count_rejected("unavailable")
        else:
            counts[mode_of(outcome), batch.events[index].event_type] += 1
    for (mode, event_type), count in counts.items():
        count_accepted(mode, event_type, count)
    if batch.rejections.of_index:
        count_rejected("invalid", len(batch.rejections.of_index))


def _accepted(batch: _Sorted, outcomes: dict[int, Outcome], rejected: list[Rejected], caller: Caller) -> BatchAccepted:
    receipts = [outcome for outcome in outcomes.values() if not isinstance(outcome, Refused | Unavailable)]
    modes = {mode_of(receipt) for receipt in receipts}
    return BatchAccepted(
        message="batch accepted" if not rejected else "batch accepted in part",
        user_id=shown(caller.user_id),
        processed_count=len(receipts),
        total_events=batch.total,
        mode=modes.pop() if len(modes) == 1 else "mixed",
        errors=[_words(rejection) for rejection in rejected],
        rejected=rejected,
    )


def _words(rejection: Rejected) -> str:
    return f"Event {rejection.event_id or f'#{rejection.index}'}: {rejection.reason}"


_encode = msgspec.json.Encoder().encode
