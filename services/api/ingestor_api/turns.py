"""Work that takes long is done in turns: other requests go on between them, however many such works there are."""

import asyncio
import time
from collections.abc import Iterator
from typing import Final

TURN_SECONDS: Final = 0.005
"""What is done at one go, and the step that ends it. By time, since bytes and counts do not tell what a step costs."""


class Turns:
    """Shared by the works that take turns: only one of them goes on between two looks at everything else."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def do(self, steps: Iterator[None]) -> None:
        """Return when all steps are done. Raises what a step raises."""
        while True:
            async with self._turn:
                if _is_done(steps):
                    return
                # Still ours: the next one's turn begins only after everything else was looked at.
                await asyncio.sleep(0)


def _is_done(steps: Iterator[None]) -> bool:
    end = time.monotonic() + TURN_SECONDS
    return all(time.monotonic() < end for _ in steps)
