"""Another installation that stores into the same database, told by books that move and are not ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ingestor_common.store.ledger import Source

SURE_SECONDS: Final = 30.0
"""For so long other books have to move: those of a topic that was just deleted and made again move a last time."""
FORGOTTEN_SECONDS: Final = 600.0
"""After so long without a move the other is gone, or has nothing to store."""


@dataclass(frozen=True, slots=True)
class _Moving:
    """Books of somebody else: their last move as the database tells it, and when we have seen them move."""

    moved_at: datetime
    first: float | None = None
    last: float | None = None


class Neighbours:
    """Written by the event loop, read by the probes' thread. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._seen: dict[Source, _Moving] = {}
        self._sure: str | None = None

    def look(self, others: Mapping[Source, datetime], now: float) -> None:
        """Take over whose books moved last when."""
        self._seen = {source: self._moving(source, moved_at, now) for source, moved_at in others.items()}
        sure = sorted(
            (source.group, source.topic)
            for source, moving in self._seen.items()
            if moving.first is not None and moving.last is not None and moving.last - moving.first >= SURE_SECONDS
        )
        self._sure = f"consumer group {sure[0][0]} from topic {sure[0][1]}" if sure else None

    def describe(self) -> str | None:
        """Who else stores into this database; None where nobody is known to."""
        return self._sure

    def _moving(self, source: Source, moved_at: datetime, now: float) -> _Moving:
        before = self._seen.get(source)
        if before is None:
            # It may have moved before we came, and never again.
            return _Moving(moved_at)
        if before.last is not None and now - before.last > FORGOTTEN_SECONDS:
            before = _Moving(before.moved_at)
        if moved_at == before.moved_at:
            return before
        return _Moving(moved_at, now if before.first is None else before.first, now)
