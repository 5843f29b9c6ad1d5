"""What a body in chunks may have beside its content: the lines that begin its chunks, and the fields behind them.

A chunk's line may be as long as its sender likes, and so may each field behind the body; neither is content, so that
no bound on a body counts them, and the parser keeps a field until it ends.
"""

from typing import Final

MAX_GAP_BYTES: Final = 4 * 1024
"""Between one byte of content and the next, and behind the last."""
CONTENT_BYTES_FOR_ONE: Final = 8
"""Beyond the first MAX_GAP_BYTES: chunks of one byte each would cost a call each."""


class Framing:
    """Counts what came beside the content of one body."""

    def __init__(self) -> None:
        self._gap = 0
        self._beside = 0
        self._content = 0

    def count(self, beside: int, content: int) -> None:
        """Count a piece that has so many bytes beside its content."""
        self._gap = beside if content else self._gap + beside
        self._beside += beside
        self._content += content

    @property
    def is_too_much(self) -> bool:
        """Whether it is more than anybody needs who sends a body."""
        return self._gap > MAX_GAP_BYTES or self._beside > MAX_GAP_BYTES + self._content // CONTENT_BYTES_FOR_ONE
