"""How much a year stores, by how long the rate goes on."""

from dataclasses import dataclass
from typing import Final

from bench.sizing.measured import Measured
from bench.sizing.plan import ASSUMED, Assumptions

RATE: Final = 50_000
"""Events a minute."""

DESIGNED_BYTES: Final = 10**12
"""What the design expects of a year at that rate."""


@dataclass(frozen=True, slots=True)
class Year:
    """Events and bytes of a year in which the rate goes on for `hours` on each of `days`."""

    hours: float
    days: int
    events: float
    stored_bytes: float


def years(measured: Measured, given: Assumptions = ASSUMED) -> tuple[Year, ...]:
    """The year of the design's volume, the assumed school year, and one around the clock."""
    days = given.school_days * given.weeks
    designed = DESIGNED_BYTES / (measured.stored_bytes_per_event * RATE * 60 * days)
    spans = ((designed, days), (given.lesson_hours, days), (24.0, 365))
    return tuple(_year(measured, *span) for span in spans)


def _year(measured: Measured, hours: float, days: int) -> Year:
    events = RATE * 60 * hours * days
    return Year(hours, days, events, events * measured.stored_bytes_per_event)
