"""JSON as senders write it: its encoding, its depth, and its parts where one of them is at fault.

msgspec refuses a text as a whole. So that one bad element of an array, or one bad field of an object, is told from the
good ones, a text that was refused is divided by its strings, brackets and commas alone, whatever else is in it.
"""

import json
import re
from array import array
from codecs import BOM_UTF8
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate, islice
from typing import Final, NamedTuple

import msgspec

MAX_DEPTH: Final = 500
"""Levels of nesting. Python's own bound depends on who calls, so that two services would not agree."""

MOST_STEPS: Final = 100_000
"""Brackets, and commas between parts, after which a text that was refused is not divided any further."""

_BLANKS: Final = b" \t\r\n"
LONGEST_NAME: Final = 64
"""Characters that are said of a field's name; senders make up names of any length."""
_LONGEST_SHOWN: Final = 64 * 1024

ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What reading a text raises where it is not what it should be."""

_STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""One level down or up, as signed bytes."""
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[{]}")

_STRING: Final = rb'"(?:[^"\\]++|\\.)*+"'
_A_STRING: Final = re.compile(_STRING, re.DOTALL)
_TO_COMMA: Final = re.compile(rb'(?:[^"\[\]{},]++|' + _STRING + rb")*+(,|[\[{]++|[\]}]++)", re.DOTALL)
_TO_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+([\[{]++|[\]}]++)", re.DOTALL)
_MEMBER: Final = re.compile(rb"(" + _STRING + rb")[ \t\r\n]*+:(.*)", re.DOTALL)
_number_decoder = msgspec.json.Decoder(Decimal)
_LARGEST: Final = Decimal(2**63 - 1)
_raw_decoder = msgspec.json.Decoder(msgspec.Raw)


class Indivisible(ValueError):
    """A text whose parts cannot be told; its message says why."""


class Member(NamedTuple):
    """A member of an object as it is written. `name` is for people where the `key` cannot be read."""

    name: str
    key: bytes
    value: bytes


def without_mark(data: bytes) -> bytes:
    """The text without the byte-order mark that some programs begin UTF-8 with.

    Raises Indivisible where the text is in UTF-16 or UTF-32, by its own mark or by its zero bytes.
    """
    encoding = json.detect_encoding(data)
    if encoding.startswith("utf-8"):
        return data.removeprefix(BOM_UTF8)
    raise Indivisible(f"it seems to be in {encoding[:6].upper()}; send it in UTF-8")


def require_text(data: bytes, deepest: int = MAX_DEPTH) -> None:
    """Raises UnicodeDecodeError where it is not UTF-8, also in what no decoder looks at, and RecursionError where it is
    nested deeper than `deepest`."""
    if not data.isascii():
        data.decode()
    # Each level takes two bytes.
    if len(data) > 2 * deepest and _is_deeper(data, deepest):
        raise RecursionError


def _is_deeper(data: bytes, deepest: int) -> bool:
    if data.count(b"[") + data.count(b"{") <= deepest:
        return False
    # Of a million brackets too, in a few hundredths of a second.
    steps = array("b", _A_STRING.sub(b"", data).translate(_STEPS, _NO_BRACKETS))
    return max(accumulate(steps), default=0) > deepest


def elements(text: bytes) -> list[bytes]:
    """The elements of an array as they are written. Raises Indivisible."""
    return list(_parts(text, b"["))


def members(text: bytes, most: int) -> list[Member]:
    """The first members of an object as they are written, `most` at most. Raises Indivisible."""
    found: list[Member] = []
    for part in islice(_parts(text, b"{"), most):
        member = _MEMBER.fullmatch(part)
        if member is not None:
            found.append(Member(_name(member[1]), member[1], member[2].strip(_BLANKS)))
        elif not found:
            raise Indivisible("it does not begin with a name")
        elif not found[-1].value.endswith(b","):
            # What follows a comma is no member, so the comma is the fault of the one before it: 1,5 for 1.5, say.
            found[-1] = found[-1]._replace(value=found[-1].value + b",")
    return found


def _parts(text: bytes, opening: bytes) -> Iterator[bytes]:
    text = text.strip(_BLANKS)
    if not text.startswith(opening):
        raise Indivisible("it does not begin as one")
    depth = begin = position = 1
    for _ in range(MOST_STEPS):
        step = (_TO_COMMA if depth == 1 else _TO_BRACKET).match(text, position)
        if step is None:
            raise Indivisible("a string or a bracket in it is not closed")
        mark, position = step[1], step.end()
        if mark == b",":
            yield text[begin : position - 1].strip(_BLANKS)
            begin = position
        elif mark[:1] in (b"[", b"{"):
            depth += len(mark)
        elif len(mark) < depth:
            depth -= len(mark)
        else:
            end = position - len(mark) + depth - 1
            yield from _last(text[begin:end].strip(_BLANKS), is_only=begin == 1)
            if end + 1 < len(text):
                raise Indivisible("something follows after its end")
            return
    raise Indivisible(f"it has more than {MOST_STEPS} parts")


def _last(part: bytes, is_only: bool) -> Iterator[bytes]:
    if part or not is_only:
        yield part


def _name(key: bytes) -> str:
    try:
        return str(msgspec.json.decode(key, type=str))[:LONGEST_NAME]
    except ERRORS:
        return key[1:-1].decode("utf-8", "backslashreplace")[:LONGEST_NAME]


def fault_of(value: bytes, deepest: int = MAX_DEPTH) -> str | None:
    """Why this is no JSON value in UTF-8 of whole characters, nested up to `deepest`; None where it is one."""
    if not value:
        return "has no value"
    try:
        require_text(value, deepest)
        _raw_decoder.decode(value)
    except ERRORS as error:
        return _half_a_pair(value) or words_of(error)
    return None


def _half_a_pair(value: bytes) -> str | None:
    """Python's own reader takes surrogates as they come, so it shows which one is alone. It takes memory for each empty
    list as well, so long texts are not read for that."""
    if len(value) > _LONGEST_SHOWN:
        return None
    try:
        json.dumps(json.loads(value, parse_int=str, parse_float=str), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        return f"has {half}, half of a surrogate pair, which is no character; cut texts between characters"
    except (ValueError, RecursionError):
        return None
    return None


def whole_number(written: bytes) -> int | None:
    """The integer that a number of JSON is, 1000.0 and 1e3 too, up to 64 bits; None for anything else."""
    if written.startswith(b'"'):
        return None
    try:
        number = _number_decoder.decode(written)
    except ERRORS:
        return None
    if number != number.to_integral_value():
        return None
    # No field takes that much, and 1e1000000000 has a digit for each of its zeros.
    return int(max(min(number, _LARGEST), -_LARGEST))


def words_of(error: Exception) -> str:
    """What a reader's error says, to go on a sentence."""
    if isinstance(error, RecursionError):
        return f"nested deeper than {MAX_DEPTH} levels"
    if isinstance(error, UnicodeDecodeError):
        return "not valid UTF-8"
    text = str(error)
    if text == "Input data was truncated":
        return "JSON is malformed: it ends too early, or has half of a surrogate pair"
    # "Expected ..." begins a sentence of the library's, "JSON is malformed" does not become "jSON".
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
