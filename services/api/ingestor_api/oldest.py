"""When the record at an offset was accepted, asked of the brokers without reading it.

A record that somebody made to inflate to gigabytes must not be read into this process. The brokers tell the first
offset of a record that is as late as a given time, or later; the time at which that passes the wanted offset is the
record's.
"""

import time
from dataclasses import dataclass
from typing import Final

from confluent_kafka.admin import AdminClient

from ingestor_common.kafka import Place, offsets_at

PRECISION_SECONDS: Final = 1.0
FIRST_STEP_SECONDS: Final = 10.0
_QUESTION_SECONDS: Final = 1.0
_ALL_SECONDS: Final = 3.0
"""A process that stops waits for the thread that asks."""


@dataclass(slots=True)
class Search:
    """The search for one record's time: accepted at `after` or later, if that is known, and before `before`."""

    offset: int
    now: float
    before: float
    after: float | None = None
    step: float = FIRST_STEP_SECONDS

    @property
    def is_done(self) -> bool:
        return self.before <= 0 or (self.after is not None and self.before - self.after <= PRECISION_SECONDS)

    def question(self) -> float:
        """The time to ask for next: ever further back until the record is younger, then halving."""
        return max(0.0, self.now - self.step) if self.after is None else (self.after + self.before) / 2

    def learn(self, asked: float, place: Place) -> None:
        """Take over where the first record is that is as late as `asked`; its offset is None where there is none."""
        if asked <= 0:
            # The offset holds no record, or one older than 1970; the next one's time is what can be told.
            self.after, self.before = (place.seconds if place.offset is not None else None), 0.0
        elif place.offset is None or place.offset > self.offset:
            self.before = asked
            self.step *= 2
        elif place.offset == self.offset:
            # Its own time. A later record that claims to be earlier can only be found by reading.
            self.after = self.before = place.seconds
        else:
            self.after = asked

    @property
    def found(self) -> float | None:
        """The record's time, to the second, in seconds since 1970; None while nothing is known of it."""
        return self.after


def accepted_times(admin: AdminClient, topic: str, offsets: dict[int, int], now: float) -> dict[int, float]:
    """When the record at each partition's offset was accepted, in seconds since 1970; what is not found is left out.

    Blocks for some seconds at most. Raises KafkaException where a broker does not answer.
    """
    searches = {partition: Search(offset, now, now) for partition, offset in offsets.items()}
    limit = time.monotonic() + _ALL_SECONDS
    while time.monotonic() < limit:
        asked = {number: search.question() for number, search in searches.items() if not search.is_done}
        if not asked:
            break
        for number, place in offsets_at(admin, topic, asked, _QUESTION_SECONDS).items():
            searches[number].learn(asked[number], place)
    return {number: found for number, search in searches.items() if (found := search.found) is not None}
