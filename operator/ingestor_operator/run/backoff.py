"""How long to wait after failures."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Doubling delays with jitter, in seconds; a success starts over."""

    first: float = 1.0
    longest: float = 60.0
    failures: int = 0

    def failed(self) -> "Backoff":
        """After one more failure."""
        return Backoff(self.first, self.longest, self.failures + 1)

    def succeeded(self) -> "Backoff":
        """After a success."""
        return Backoff(self.first, self.longest)

    def delay(self) -> float:
        """Seconds to wait; half of it is random, so that many resources do not come back at once."""
        full = min(self.longest, self.first * 2.0 ** min(30, max(0, self.failures - 1)))
        return full / 2 + random.uniform(0, full / 2)  # noqa: S311 - jitter
