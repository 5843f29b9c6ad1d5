"""What is wrong with what somebody sent, field by field."""

from typing import Final

import msgspec

MAX_FAULTS: Final = 50
"""Faults that are named; one event may hold thousands."""


class FieldFault(msgspec.Struct, frozen=True):
    """A field that is wrong, and why, in words its sender can act on."""

    field: str
    reason: str


class InvalidEvent(ValueError):
    """Bytes that are no event. `faults` names the fields at fault; it is empty where no JSON object was found.

    `event_id` is the sender's, where that can be read.
    """

    def __init__(self, message: str, faults: tuple[FieldFault, ...] = (), event_id: str | None = None) -> None:
        super().__init__(message)
        self.faults = faults
        self.event_id = event_id


def invalid_event(faults: list[FieldFault], event_id: str | None) -> InvalidEvent:
    """The refusal of an event with these faults, of which the first ones are named."""
    named = faults[:MAX_FAULTS]
    return InvalidEvent("invalid event: " + "; ".join(fault.reason for fault in named), tuple(named), event_id)
