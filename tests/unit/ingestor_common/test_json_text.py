"""The depth of a text is found in a time that goes by its length, whatever is in it."""

import time

import pytest

from ingestor_common.json_text import MAX_DEPTH, require_text

_DEEP = b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)
_AS_DEEP_AS_MAY_BE = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"[]"


@pytest.mark.parametrize("part", [b'\\"', b'"', b'""', b"\\", b'"\\"', b"\\\\", b'a\\"b"', b"[]", b'["]'])
@pytest.mark.parametrize("start", [b"", b'"', b'"\\', b"x"])
def test_no_text_takes_longer_than_its_length(start: bytes, part: bytes) -> None:
    text = _AS_DEEP_AS_MAY_BE + start + part * (500_000 // len(part))
    started = time.process_time()
    require_text(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("text", [b'"\\"[[[', b'"', b'"x"', b'"\\\\"', b'"\\"" "', b'"[" "\\'])
def test_brackets_count_outside_strings_only(text: bytes) -> None:
    require_text(_AS_DEEP_AS_MAY_BE + text)
    with pytest.raises(RecursionError):
        require_text(_DEEP + text)
    require_text(b'"' + _DEEP + b'"' + b"{}" * MAX_DEPTH)
