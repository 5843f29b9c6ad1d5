"""How much is left of an allowance that fills up again: the generic cell rate algorithm, in bounded memory."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

MOST_KEYS: Final = 20_000
"""Far more than can be in use: wrong passwords take their time to be hashed, and a key is forgotten once it is full."""
_DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` at once, and then one each `seconds`."""

    burst: int
    seconds: float


def key_of(*names: str) -> bytes:
    """A key of fixed size for these names."""
    return blake2b("\0".join(names).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


class Allowances:
    """What each key has used of its allowance. Beyond `most` keys the one that was not used for the longest time is
    forgotten."""

    def __init__(
        self, allowance: Allowance, clock: Callable[[], float] = time.monotonic, most: int = MOST_KEYS
    ) -> None:
        self._allowance = allowance
        self._clock = clock
        self._most = most
        self._full_at: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: bytes) -> float:
        """Seconds until the key may use one more; 0 where it may now."""
        missing = self._full_at.get(key, 0.0) - self._clock()
        return max(0.0, missing - (self._allowance.burst - 1) * self._allowance.seconds)

    def use(self, key: bytes) -> None:
        """Use one."""
        now = self._clock()
        # Reinserted, so that the key last used is the last one.
        self._full_at[key] = max(now, self._full_at.pop(key, now)) + self._allowance.seconds
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._full_at:
            oldest = next(iter(self._full_at))
            if self._full_at[oldest] > now and len(self._full_at) <= self._most:
                return
            del self._full_at[oldest]
