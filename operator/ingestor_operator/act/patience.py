"""How soon to look again after drift was put back: later and later where another writer makes it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestor_operator.model.times import age

REMEMBERED = timedelta(minutes=10)


@dataclass(frozen=True)
class Patience:
    """How often drift was put back lately, and when last."""

    corrections: int = 0
    last: datetime | None = None

    def corrected(self, now: datetime) -> "Patience":
        """After drift was put back once more; the first time after a while is the first time."""
        lately = self.last is not None and age(self.last, now) <= REMEMBERED
        return Patience(self.corrections + 1 if lately else 1, now)

    def pause(self, first: timedelta, longest: timedelta) -> timedelta:
        """The first pause, doubled with each correction after the first."""
        doublings = min(30, max(0, self.corrections - 1))
        return min(longest, first * float(1 << doublings))
