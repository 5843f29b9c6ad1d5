"""How long to wait before trying again."""

import random
from typing import Final

FIRST_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 5.0


def delay(attempt: int, chance: random.Random) -> float:
    """Seconds to wait after the failure of `attempt` (from 0): doubling to a limit, of which between half and all, by
    chance, so that many consumers do not come back at the same moment."""
    # The exponent is bounded: an outage of a day is thousands of attempts.
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt, 16))
    return longest * chance.uniform(0.5, 1.0)
