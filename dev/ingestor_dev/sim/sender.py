"""Sends steps and books what became of them: counters and truth file."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from ingestor_dev.sim.connection import Reply
from ingestor_dev.sim.courier import Courier
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.events import Event, encode_event
from ingestor_dev.sim.steps import CatalogPut, Step
from ingestor_dev.sim.tally import Tally
from ingestor_dev.sim.truth import NO_RECEIPT, Told, TruthFile


class _Accepted(msgspec.Struct):
    event_id: str
    mode: str
    receipt: msgspec.Raw


class _Rejected(msgspec.Struct):
    index: int


class _BatchAccepted(msgspec.Struct):
    mode: str
    rejected: list[_Rejected] = []


_Answer = TypeVar("_Answer", _Accepted, _BatchAccepted)

_accepted = msgspec.json.Decoder(_Accepted)
_batch_accepted = msgspec.json.Decoder(_BatchAccepted)


class Sender:
    """Sends for one of the run's concurrent requests. `truth` may be None: nothing is kept then."""

    def __init__(self, courier: Courier, tally: Tally, truth: TruthFile | None) -> None:
        self._courier = courier
        self._tally = tally
        self._truth = truth

    async def send(self, steps: Sequence[Step]) -> None:
        """Send a catalog entry, an event, or a batch of events, until each is taken or refused."""
        first = steps[0].item
        if isinstance(first, CatalogPut):
            await self.put(first)
            return
        events = [step.item for step in steps if isinstance(step.item, Event)]
        bodies = [encode_event(event) for event in events]
        repeats = sum(step.repeat for step in steps)
        self._tally.repeats += repeats
        self._tally.sent += len(steps) - repeats
        if self._truth is not None:
            self._truth.sent(bodies)
        if len(events) == 1:
            await self._single(events[0], bodies[0])
        else:
            await self._batch(events, bodies)

    async def put(self, entry: CatalogPut) -> None:
        """Put a catalog entry."""
        reply = await self._courier.deliver("PUT", entry.path, entry.body)
        if reply is None:
            return
        if reply.status < 300:
            self._tally.catalog += 1
        else:
            self._tally.refuse(f"PUT {entry.path}: {_said(reply)}")

    async def _single(self, event: Event, body: bytes) -> None:
        reply = await self._courier.deliver("POST", "/events", body)
        if reply is None:
            return
        if reply.status >= 300:
            self._tally.refuse(f"event {event.event_id}: {_said(reply)}")
            return
        accepted = _read(_accepted, reply)
        if accepted.event_id != event.event_id:
            self._tally.refuse(f"event {event.event_id}: was answered as if it were {accepted.event_id}")
            return
        self._book([event], accepted.mode, accepted.receipt)

    async def _batch(self, events: Sequence[Event], bodies: Sequence[bytes]) -> None:
        reply = await self._courier.deliver("POST", "/events/batch", b"[" + b",".join(bodies) + b"]")
        if reply is None:
            return
        left: Iterable[int] = range(len(events))
        if reply.status < 300:
            accepted = _read(_batch_accepted, reply)
            left = [rejected.index for rejected in accepted.rejected]
            out = set(left)
            taken = [event for index, event in enumerate(events) if index not in out]
            self._book(taken, accepted.mode, NO_RECEIPT)
        # A batch does not tell whether it was the event's fault; sent alone, each gets a plain answer.
        for index in left:
            await self._single(events[index], bodies[index])

    def _book(self, events: Sequence[Event], mode: str, receipt: msgspec.Raw) -> None:
        if self._truth is not None:
            self._truth.told([Told(event.event_id, event.session_id, mode, receipt) for event in events])
        self._tally.accepted[mode] += len(events)


def _said(reply: Reply) -> str:
    return f"{reply.status} {reply.body.decode(errors='replace')}"


def _read(decoder: msgspec.json.Decoder[_Answer], reply: Reply) -> _Answer:
    try:
        return decoder.decode(reply.body)
    except msgspec.MsgspecError as error:
        raise SimulatorError(f"the API broke its contract ({error}) with the answer {_said(reply)}") from error
