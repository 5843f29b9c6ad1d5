"""Times that others wrote, or this operator before its clock was set: in an event, a mark, a Job, or in a status that
anybody with the right to it may change.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, overload


def read_time(text: object) -> datetime | None:
    """The time in UTC; None where the text is no time with an offset, or one beyond the years 1 to 9999."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


@overload
def age(since: datetime, now: datetime) -> timedelta: ...
@overload
def age(since: float, now: float) -> float: ...
def age(since: Any, now: Any) -> Any:
    """How long ago it was, of two datetimes with an offset, or of seconds since the epoch.

    A time to come counts as so long ago as it is ahead. It is a wrong clock's, here or where it was written, and by how
    much is not known: whoever waits for an age neither waits for that clock, nor longer than twice what he waits for.
    """
    return abs(now - since)


def past(moment: datetime, now: datetime) -> datetime:
    """The time, or now where it is to come: what is told of it is never less than nothing."""
    return min(moment, now)
