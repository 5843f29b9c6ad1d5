"""Counting a JSON text's values while it arrives, before anything is made of it."""

import re
from typing import Final

from ingestor_common.json_text import STRING

_STRING: Final = re.compile(STRING, re.DOTALL)
_WHOLE_STRINGS: Final = re.compile(rb'(?:[^"]++|' + STRING + rb")*+", re.DOTALL)


class ValueCount:
    """`count` is that of the values so far, an empty array or object being two, the outermost value none.

    Each other one has a comma or a bracket before it; those in strings are text. Where the text stops to be JSON the
    count means nothing any more, and nobody reads on.
    """

    def __init__(self) -> None:
        self.count = 0
        self._open = b""

    def add(self, piece: bytes) -> None:
        """The text goes on with `piece`."""
        text = self._open + piece
        whole = _WHOLE_STRINGS.match(text)
        end = len(text) if whole is None else whole.end()
        structure = _STRING.sub(b"", text[:end])
        self.count += structure.count(b",") + structure.count(b"[") + structure.count(b"{")
        # Of a string that has not ended only matters whether the next quote will be escaped.
        self._open = text[end : end + 1] + b"\\" * (_backslashes(text[end:]) % 2)


def _backslashes(text: bytes) -> int:
    return len(text) - len(text.rstrip(b"\\"))
