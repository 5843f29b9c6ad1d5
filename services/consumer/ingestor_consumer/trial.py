"""Whether the database takes events at all, asked before the group is joined and before a row is set aside.

What no row would get past, such as a right that was revoked or a lock that somebody holds, is not the row's fault.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ingestor_common.events import Event
from ingestor_common.store import ledger
from ingestor_common.store.pool import Connection
from ingestor_common.store.writer import Writer

TRIAL_SECONDS: Final = 5.0

_NOBODY: Final = UUID(int=0)


class _TrialOver(Exception):
    """Rolls back the trial that went well."""


async def can_store(writer: Writer, suspect: Event, keep_books: Callable[[Connection], Awaitable[object]]) -> bool:
    """Whether a plain question and its answer can be stored, something in the session of `suspect`, which may be locked
    by somebody, and the step of the books that would follow. Nothing is: the transaction is rolled back."""
    now = datetime.now(UTC)
    try:
        await _try(writer, [_question(now), _answer(now), _start(suspect)], keep_books)
    except Exception:
        return False
    return True


async def try_to_store(writer: Writer, group: str) -> None:
    """See that a plain question and its answer can be stored, and the books of the group be kept; nothing is stored.

    Raises what storing raises, TimeoutError included.
    """
    now = datetime.now(UTC)
    nowhere = ledger.Source(group, "trial", "trial")

    async def keep_books(connection: Connection) -> None:
        await ledger.open_account(connection, nowhere, 0, 0)
        await ledger.advance(connection, nowhere, [ledger.Advance(0, expected=0, next=2, persisted=2)])

    await _try(writer, [_question(now), _answer(now)], keep_books)


async def _try(writer: Writer, events: Sequence[Event], keep_books: Callable[[Connection], Awaitable[object]]) -> None:
    async def roll_back(connection: Connection, new: frozenset[object]) -> None:
        await keep_books(connection)
        raise _TrialOver

    with contextlib.suppress(_TrialOver):
        async with asyncio.timeout(TRIAL_SECONDS):
            await writer.write(events, also=roll_back)


def _question(now: datetime) -> Event:
    return Event(
        event_id="trial-question",
        event_type="QUESTION_PUBLISHED",
        timestamp=now,
        session_id=_NOBODY,
        quiz_id=_NOBODY,
        classroom_id=_NOBODY,
        question_id=_NOBODY,
        timer_sec=60,
    )


def _answer(now: datetime) -> Event:
    return Event(
        event_id="trial-answer",
        event_type="ANSWER_SUBMITTED",
        timestamp=now,
        session_id=_NOBODY,
        quiz_id=_NOBODY,
        classroom_id=_NOBODY,
        question_id=_NOBODY,
        student_id=_NOBODY,
        answer="A",
    )


def _start(suspect: Event) -> Event:
    return Event(
        event_id="trial-start",
        event_type="SESSION_STARTED",
        timestamp=datetime.now(UTC),
        session_id=suspect.session_id,
        quiz_id=suspect.quiz_id,
        classroom_id=suspect.classroom_id,
    )
