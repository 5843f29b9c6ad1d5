"""Refused rows are found among the good ones, and each trial is told."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.events import Event
from ingestor_common.store.bisect import refused
from ingestor_common.store.writer import Writer

NOBODY = UUID(int=1)


def event(number: int) -> Event:
    return Event(
        event_id=str(number),
        event_type="SESSION_STARTED",
        timestamp=datetime(2026, 9, 1, tzinfo=UTC),
        session_id=NOBODY,
        quiz_id=NOBODY,
        classroom_id=NOBODY,
    )


class Picky:
    """A writer that refuses any batch with one of some events in it."""

    def __init__(self, bad: set[int]) -> None:
        self._bad = {str(number) for number in bad}
        self.trials = 0

    async def write(self, events: Sequence[Event], also: Any) -> None:
        self.trials += 1
        for each in events:
            if each.event_id in self._bad:
                raise asyncpg.CheckViolationError(f"no {each.event_id}")
        await also(None, frozenset())


@given(st.integers(1, 60).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1)))))
async def test_exactly_the_bad_ones_are_found(drawn: tuple[int, set[int]]) -> None:
    size, bad = drawn
    writer, told = Picky(bad), []
    found = await refused(cast(Writer, writer), [event(number) for number in range(size)], lambda: told.append(1))
    assert found == {number: f"no {number}" for number in bad}
    assert len(told) == writer.trials


async def test_what_is_no_refusal_is_raised() -> None:
    class Down(Picky):
        async def write(self, events: Sequence[Event], also: Any) -> None:
            raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await refused(cast(Writer, Down(set())), [event(1)])
