"""Texts are checked in a time that goes by their length; numbers are read as they are meant."""

import time

import pytest

from ingestor_common.json_text import MAX_DEPTH, require_text, whole_number

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


@pytest.mark.parametrize("zero", ["0", "-0", "0.0", "0.000"])
@pytest.mark.parametrize("exponent", ["", "e0", "E5", "e-9999", "e99999999999", "e+" + "9" * 50, "E-" + "9" * 5000])
def test_zero_is_zero_whatever_its_exponent(zero: str, exponent: str) -> None:
    assert whole_number((zero + exponent).encode()) == 0


@pytest.mark.parametrize("written", ["00e1", "0.e1", "0e", "0e+", "0.0e1.0", "+0e1", "0.01e0", '"0e1"', "0e1x"])
def test_what_is_no_number_or_not_whole_is_none(written: str) -> None:
    assert whole_number(written.encode()) is None
