"""Finds the rows that the database refuses for good, so that the others need not wait for them."""

from collections.abc import Callable, Sequence

from ingestor_common.events import Event
from ingestor_common.store.errors import is_refusal
from ingestor_common.store.pool import Connection
from ingestor_common.store.writer import Writer


class _TrialOver(Exception):
    """Rolls a trial back that went well."""


async def refused(
    writer: Writer, events: Sequence[Event], on_trial: Callable[[], None] = lambda: None
) -> dict[int, str]:
    """The index of each event that the database refuses, and its words.

    Stores nothing: every trial is rolled back. Takes about 2 * refused * log2(len(events)) trials, and tells of each.
    What passes by itself (see errors.py), and what is not about the data, is raised.
    """
    found: dict[int, str] = {}
    pending = [range(len(events))]
    while pending:
        on_trial()
        part = pending.pop()
        error = await _trial(writer, [events[index] for index in part])
        if error is None:
            continue
        if len(part) == 1:
            found[part[0]] = error
            continue
        half = len(part) // 2
        pending += [part[:half], part[half:]]
    return found


async def _trial(writer: Writer, events: Sequence[Event]) -> str | None:
    try:
        await writer.write(events, also=_roll_back)
    except _TrialOver:
        return None
    except Exception as error:
        if not is_refusal(error):
            raise
        return str(error)
    return None


async def _roll_back(connection: Connection, new: frozenset[object]) -> None:
    raise _TrialOver
