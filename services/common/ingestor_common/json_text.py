"""JSON as senders write it: its encoding, its depth, its spellings of numbers, and what is wrong with it in words."""

import json
import re
from array import array
from codecs import BOM_UTF8
from decimal import Decimal
from itertools import accumulate
from typing import Final

import msgspec

MAX_DEPTH: Final = 500
"""Levels of nesting. Python's own bound depends on who calls, so that two services would not agree."""

LONGEST_NAME: Final = 64
"""Characters that are said of a field's name; senders make up names of any length."""

LONGEST_WORDS: Final = 120
"""Characters that are said of a reader's error: all of it, unless it quotes what the sender wrote."""

BLANKS: Final = b" \t\r\n"
_LONGEST_SHOWN: Final = 64 * 1024

ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What reading a text raises where it is not what it should be."""

_STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""One level down or up, as signed bytes."""
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[{]}")

STRING: Final = rb'"(?:[^"\\]++|\\.)*+"'
_STRING_OR_REST: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""One that does not end too: looked for again from each quote in it, it would take the square of its length."""
_SURROGATE: Final = re.compile(rb"\\u[dD][89abAB]")
_SURROGATES: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""The second ones of a pair too."""
_TRUNCATED: Final = "Input data was truncated"
"""What msgspec says of a text that ends too early, and of one whose last word or escape is shorter than it expects."""
_NO_SECOND_HALF: Final = "unexpected end of hex escape"
_FOUND: Final = re.compile(r"Expected `[^`]*`, got `([^`]*)`")
_KINDS: Final = {
    "object": "an object",
    "array": "an array",
    "str": "a string",
    "int": "a number",
    "float": "a number",
    "bool": "a boolean",
}
_BEHIND: Final = b" " * 16
"""Longer than all that is read at once: a word of four letters or five, the two escapes of a pair."""

_ZERO: Final = re.compile(rb"-?0(?:\.0+)?[eE][+-]?[0-9]+")
"""With any exponent, also one of more digits than a decimal takes."""
_number_decoder = msgspec.json.Decoder(Decimal)
_LARGEST: Final = Decimal(2**63 - 1)
_string_decoder = msgspec.json.Decoder(str)
_raw_decoder = msgspec.json.Decoder(msgspec.Raw)


class NotJson(ValueError):
    """A text that is no JSON in UTF-8, or cannot be divided into its parts; its message says why."""


def without_mark(data: bytes) -> bytes:
    """The text without the byte-order mark that some programs begin UTF-8 with.

    Raises NotJson where there is none, or it is in UTF-16 or UTF-32, by its own mark or by its zero bytes.
    """
    if not data.removeprefix(BOM_UTF8).strip(BLANKS):
        raise NotJson("it is empty")
    encoding = json.detect_encoding(data)
    if encoding.startswith("utf-8"):
        return data.removeprefix(BOM_UTF8)
    raise NotJson(f"it seems to be in {encoding[:6].upper()}; send it in UTF-8")


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
    steps = array("b", _STRING_OR_REST.sub(b"", data).translate(_STEPS, _NO_BRACKETS))
    return max(accumulate(steps), default=0) > deepest


def fault_of(value: bytes, deepest: int = MAX_DEPTH) -> str | None:
    """Why this is no JSON value in UTF-8 of whole characters, nested up to `deepest`; None where it is one."""
    if not value:
        return "has no value"
    try:
        require_text(value, deepest)
        _raw_decoder.decode(value)
    except ERRORS as error:
        return _half_a_pair(value) or reason_of(value, error)
    return None


def _half_a_pair(value: bytes) -> str | None:
    """Python's own reader takes surrogates as they come, so it shows which one is alone. It takes memory for each empty
    list as well, so long texts are not read for that."""
    if len(value) > _LONGEST_SHOWN or not may_have_half_a_pair(value):
        return None
    try:
        text = json.dumps(json.loads(value, parse_int=str, parse_float=str), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return half_a_pair(text)


def may_have_half_a_pair(text: bytes) -> bool:
    """Whether a surrogate is written somewhere in the JSON, by itself or in a pair."""
    return _SURROGATES.search(text) is not None


def half_a_pair(text: str) -> str | None:
    """That a text, as Python's own reader gives it, has half of a surrogate pair; None where it has only characters."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        return f"has {half}, half of a surrogate pair, which is no character; cut texts between characters"
    return None


def printable(name: str) -> str:
    """The name as it can be said: with control characters, which may end the lines of a log, spelled out."""
    if name.isprintable():
        return name
    spelled = (each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in name)
    return "".join(spelled)[:LONGEST_NAME]


def name_of(key: bytes) -> str:
    """A member's name for people, from its key as it is written, also where that cannot be read."""
    try:
        return _string_decoder.decode(key)[:LONGEST_NAME]
    except ERRORS:
        return key[1:-1].decode("utf-8", "backslashreplace")[:LONGEST_NAME]


def whole_number(written: bytes) -> int | None:
    """The integer that a number of JSON is, 1000.0 and 1e3 too, up to 64 bits; None for anything else."""
    if written.startswith(b'"'):
        return None
    if _ZERO.fullmatch(written):
        return 0
    try:
        number = _number_decoder.decode(written)
    except ERRORS:
        return None
    if number != number.to_integral_value():
        return None
    # No field takes that much, and 1e1000000000 has a digit for each of its zeros.
    return int(max(min(number, _LARGEST), -_LARGEST))


def reason_of(text: bytes, error: Exception) -> str:
    """What is wrong with the text that `error` is about."""
    if str(error) == _TRUNCATED and not _is_cut_off(text):
        # Nothing need be missing: of `nan` a reader that expects `null` says the same.
        error = _error_of(text + _BEHIND) or error
    if _NO_SECOND_HALF in str(error):
        return "JSON is malformed: it has half of a surrogate pair"
    if str(error) != _TRUNCATED:
        return words_of(error)
    return f"JSON is malformed: it ends too early{', or has half of a surrogate pair' * bool(_SURROGATE.search(text))}"


def _is_cut_off(text: bytes) -> bool:
    text = text.strip(BLANKS)
    return text[:1] in (b"{", b"[") and text[-1:] not in (b"}", b"]")


def _error_of(text: bytes) -> Exception | None:
    try:
        _raw_decoder.decode(text)
    except ERRORS as error:
        return error
    return None


def words_of(error: Exception) -> str:
    """What a reader's error says, to go on a sentence."""
    if isinstance(error, RecursionError):
        return f"nested deeper than {MAX_DEPTH} levels"
    if isinstance(error, UnicodeDecodeError):
        return "not valid UTF-8"
    text = str(error)
    found = _FOUND.fullmatch(text)
    if found is not None:
        # The types are named as this program's are.
        return f"it is {_KINDS.get(found[1], found[1])}"
    if len(text) > LONGEST_WORDS:
        text = f"{text[:LONGEST_WORDS]}..."
    # "Expected ..." begins a sentence of the library's, "JSON is malformed" does not become "jSON".
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
