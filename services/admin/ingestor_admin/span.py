"""Where a replay begins and ends: offsets or times, as an operator types them."""

import re
from datetime import datetime
from typing import Final

from ingestor_admin.failures import WrongUsage
from ingestor_admin.reading import Stretch
from ingestor_common.kafka_log.leader import Leader
from ingestor_common.times import parse_time

Bound = int | datetime

_OFFSET: Final = re.compile("[0-9]{1,19}")


def parse_bound(text: str) -> Bound:
    """An offset, or an RFC 3339 time with its offset from UTC. Raises WrongUsage."""
    if _OFFSET.fullmatch(text):
        return int(text)
    try:
        return parse_time(text)
    except ValueError:
        raise WrongUsage(f"{text!r} is neither an offset nor a time such as 2026-09-01T08:30:00Z") from None


async def find_stretch(leader: Leader, start: Bound | None, end: Bound | None) -> Stretch:
    """What the partition's log has between the bounds: a time means the first record since then, None the log's start
    or its end as it is now.

    Raises LeaderFault.
    """
    log = await leader.log_range()
    return Stretch(
        max(await _offset_of(start, leader, log.start, log.end), log.start),
        min(await _offset_of(end, leader, log.end, log.end), log.end),
    )


async def _offset_of(bound: Bound | None, leader: Leader, default: int, log_end: int) -> int:
    if bound is None:
        return default
    if isinstance(bound, int):
        return bound
    found = await leader.offset_since(bound.timestamp())
    return log_end if found is None else found
