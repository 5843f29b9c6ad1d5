"""Pages of a list and the ranges of time that parameters name."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

Body = dict[str, Any]
Row = TypeVar("Row")
DEFAULT_PAGE_SIZE = 50
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def page_of(rows: Sequence[Row], page: int, page_size: int) -> list[Row]:
    return list(rows[(page - 1) * page_size : page * page_size])


def pagination(total_count: int, page: int, page_size: int) -> Body:
    total_pages = -(-total_count // page_size)
    return {
        "page": page,
        "page_size": page_size,
        "total_count": total_count,
        "total_pages": total_pages,
        "has_more": page < total_pages,
        "has_previous": page > 1,
    }


def span(text: str) -> timedelta:
    """The length of a range written as 90s, 60m, 24h or 7d."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def within(moment: datetime, now: datetime, length: timedelta) -> bool:
    """Whether a time is in the range of that length that ends now: (now − length, now]."""
    return now - length < moment <= now
