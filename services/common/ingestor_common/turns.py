"""Work that takes long is done in turns: everything else goes on between them, however many such works there are."""

import asyncio
import time
from collections.abc import Iterator
from typing import Final, TypeVar

TURN_SECONDS: Final = 0.005
"""What is done at one go, and the step that ends it. By time, since bytes and counts do not tell what a step costs."""

_Found = TypeVar("_Found")


class Turns:
    """Shared by the works that take turns: only one of them goes on between two looks at everything else."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def do(self, steps: Iterator[None]) -> None:
        """Return when all steps are done. Raises what a step raises."""
        await self.next(steps)

    async def next(self, steps: Iterator[_Found]) -> _Found | None:
        """What the steps give next, beside the None of those that give nothing; None when all are done. Raises what a
        step raises."""
        while True:
            async with self._turn:
                began = time.monotonic()
                found, is_done = _take_turn(steps)
                if is_done:
                    return None
                # Still ours: the next one's turn begins only after everything else was looked at. That takes many
                # rounds of the loop, so behind a long step it has as long.
                await asyncio.sleep(max(time.monotonic() - began - 2 * TURN_SECONDS, 0))
            if found is not None:
                return found


def _take_turn(steps: Iterator[_Found]) -> tuple[_Found | None, bool]:
    end = time.monotonic() + TURN_SECONDS
    for found in steps:
        if found is not None or time.monotonic() >= end:
            return found, False
    return None, True
