"""How often a password may be guessed, per account and per address. Each process counts for itself."""

from math import ceil
from time import time
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ingestor_api.errors import throttled

# An address may stand for a whole school behind one router, hence the larger bound.
FAILURES_PER_ACCOUNT: Final = parse("10 per minute")
FAILURES_PER_ADDRESS: Final = parse("100 per minute")
SIGNUPS_PER_ADDRESS: Final = parse("20 per minute")


class Throttle:
    """Counts what went wrong; who has used up the allowance waits. A right password costs nothing."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, account: str, address: str) -> None:
        """Raises Problem 429 if this account or address has failed too often."""
        self._require(FAILURES_PER_ACCOUNT, "account", account)
        self._require(FAILURES_PER_ADDRESS, "address", address)

    def failed(self, account: str, address: str) -> None:
        """Count a wrong password."""
        self._limiter.hit(FAILURES_PER_ACCOUNT, "account", account)
        self._limiter.hit(FAILURES_PER_ADDRESS, "address", address)

    def signup(self, address: str) -> None:
        """Count a sign-up. Raises Problem 429 if it is one too many."""
        self._require(SIGNUPS_PER_ADDRESS, "signup", address)
        self._limiter.hit(SIGNUPS_PER_ADDRESS, "signup", address)

    def _require(self, limit: RateLimitItem, kind: str, name: str) -> None:
        if not self._limiter.test(limit, kind, name):
            reset, _ = self._limiter.get_window_stats(limit, kind, name)
            wait = max(1, ceil(reset - time()))
            raise throttled(f"too many attempts for this {kind}; wait {wait} s", wait)
