"""What to do about an answer, or about none: the client's retry policy."""

from dataclasses import dataclass
from enum import Enum

_FIRST_DELAY_SEC = 0.05
_LONGEST_DELAY_SEC = 5.0
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Next(Enum):
    """done: taken. again: the same once more, it may or may not have been taken. login: again with a
    new token. refused: the request itself is at fault. hopeless: no request of this run can succeed."""

    DONE = "done"
    AGAIN = "again"
    LOGIN = "login"
    REFUSED = "refused"
    HOPELESS = "hopeless"


@dataclass(frozen=True)
class Decision:
    """`delay` is the seconds to wait before the next attempt, before jitter."""

    next: Next
    delay: float = 0.0


def decide(status: int | None, retry_after: float | None, attempt: int) -> Decision:
    """The decision on attempt `attempt` (from 0) that ended with `status`, None when no answer came.

    The API's Retry-After is waited out in full; without it the delay doubles up to 5 s. There is no last
    attempt: whoever sends decides when to stop.
    """
    if status is None or status in _TRY_AGAIN:
        return Decision(Next.AGAIN, _delay(attempt) if retry_after is None else retry_after)
    if status < 300:
        return Decision(Next.DONE)
    if status == 401:
        return Decision(Next.LOGIN, _delay(attempt) if attempt else 0.0)
    if status in (403, 404, 405):
        return Decision(Next.HOPELESS)
    return Decision(Next.REFUSED)


def _delay(attempt: int) -> float:
    return min(_LONGEST_DELAY_SEC, _FIRST_DELAY_SEC * 2.0 ** min(attempt, 16))
