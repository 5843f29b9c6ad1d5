"""Where a text stops being JSON, as a reader finds it that goes through it from its beginning.

The standard library's reader says where it fails, to the character; msgspec says it for some faults only, and cannot
tell a value that is at fault from something that follows a sound one.
"""

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]  # the standard library's stubs leave it out
from typing import Final, NamedTuple, NoReturn

from ingestor_common.json_text import name_of, printable

_scan: Callable[[str, int], tuple[object, int]] = vars(json.JSONDecoder(parse_int=str, parse_float=str))["scan_once"]
_BLANKS: Final = re.compile(r"[ \t\r\n]*+")
_STRING: Final = r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_SCALAR: Final = rf"(?:{_STRING}|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)"
_GAP: Final = r"[ \t\r\n]*+"


def _member(value: str) -> str:
    return rf"{_STRING}{_GAP}:{_GAP}{value}"


def _listed(part: str) -> str:
    return rf"{_GAP}(?:{part}{_GAP}(?:,{_GAP}{part}{_GAP})*+)?"


def _value(inner: str) -> str:
    return rf"(?:{_SCALAR}|\[{_listed(inner)}\]|\{{{_listed(_member(inner))}\}})"


_SIMPLE: Final = re.compile(rf"(?:({_STRING}){_GAP}:{_GAP}({_value(_value(_SCALAR))}){_GAP},{_GAP})*+")
"""Members with few levels of brackets, and the commas behind them: there may be a hundred thousand."""
MOST_STEPS: Final = 1_000
"""Members with more levels after which it is not told which one is at fault."""
_BEGUN: Final = re.compile(r'[a-zA-Z0-9.+-]*|"(?:[^"\\]++|\\.)*+\\?|\\?u[0-9a-fA-F]{0,4}', re.DOTALL)
"""A number, a word, a text or an escape, as far as it has come."""
_WORDS: Final = {
    "Expecting value": "a value is expected",
    "Expecting ',' delimiter": "a comma or a closing bracket is expected",
    "Expecting ':' delimiter": "a colon is expected",
    "Expecting property name enclosed in double quotes": "a name in double quotes is expected",
    "Illegal trailing comma before end of object": "a comma stands behind the last member",
    "Illegal trailing comma before end of array": "a comma stands behind the last value",
    "Unterminated string starting at": "a text does not end",
    "Invalid control character at": "a text has a control character that is not escaped",
    "Invalid \\escape": "a text has an escape that is none",
    "Invalid \\uXXXX escape": "a text has an escape that is none",
}


class Fault(NamedTuple):
    """Where the text fails first, in bytes, and why.

    `member` is that of an object whose own text is at fault, if one is, and `start` where its value begins.
    """

    position: int
    words: str
    member: str | None = None
    start: int = -1


class _Failed(Exception):
    """Reading ends here."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def first_fault(text: bytes) -> Fault | None:
    """The first fault of an object, or of another value; None where it is well-formed.

    Texts that are no UTF-8 or have half of a surrogate pair, NaN and Infinity are well-formed here. Raises
    RecursionError for what is nested too deeply.
    """
    # A character for each byte: no other than ASCII means anything outside of texts.
    written = text.decode("latin-1")
    try:
        _read(text, written)
    except _Failed as failed:
        if _ends_early(written.strip(), failed.fault.position - (len(written) - len(written.lstrip()))):
            return Fault(failed.fault.position, "it ends too early")
        return failed.fault
    return None


def fault_of_value(value: bytes) -> Fault | None:
    """The fault of a value, also in how a number or a word goes on; None where it is sound, whatever follows it."""
    try:
        _end_of_value(value.decode("latin-1"), 0)
    except _Failed as failed:
        return failed.fault
    return None


def _read(text: bytes, written: str) -> None:
    position = _skip(written, 0)
    if written.startswith("{", position):
        end = _end_of_object(text, written, position + 1)
    else:
        end = _end_of_value(written, position)
    end = _skip(written, end)
    if end < len(written):
        _fail(end, "something follows its end")


def _end_of_object(text: bytes, written: str, begin: int) -> int:
    position, key, start = _skip(written, begin), slice(0), begin
    if written.startswith("}", position):
        return position + 1
    for _ in range(MOST_STEPS):
        simple = _SIMPLE.match(written, position)
        if simple is not None and simple[1] is not None:
            position, key, start = simple.end(), slice(*simple.span(1)), simple.start(2)
        if not written.startswith('"', position):
            _fail_without_name(written, position, name_of(text[key]), start)
        key = slice(position, _end_of_key(text, written, position))
        position = _skip(written, key.stop)
        if not written.startswith(":", position):
            _fail(position, f"after the name {printable(name_of(text[key]))} a colon is expected")
        start = _skip(written, position + 1)
        try:
            position = _skip(written, _end_of_value(written, start))
        except _Failed as failed:
            raise _Failed(failed.fault._replace(member=name_of(text[key]), start=start)) from None
        if written.startswith("}", position):
            return position + 1
        if not written.startswith(",", position):
            _fail(position, f"after {printable(name_of(text[key]))} a comma or }} is expected")
        position = _skip(written, position + 1)
    return _end_of_value(written, begin - 1)


def _end_of_key(text: bytes, written: str, key: int) -> int:
    try:
        _, end = scanstring(written, key + 1, True)
    except json.JSONDecodeError as error:
        # As far as it goes: it may not end.
        name = name_of(text[key : text.find(b'"', key + 1) + 1] or text[key:])
        raise _Failed(Fault(error.pos, _words(error.msg), name, key)) from None
    return int(end)


def _end_of_value(written: str, start: int) -> int:
    try:
        _, end = _scan(written, start)
    except StopIteration as error:
        position: int = error.value
        is_missing = position == start and written[start : start + 1] in (",", "}")
        _fail(position, "it has no value" if is_missing else "a value is expected")
    except json.JSONDecodeError as error:
        _fail(error.pos, _words(error.msg))
    if written[end - 1] not in '"]}' and _goes_on(written[end : end + 1]):
        _fail(end, "a number or a word goes on here as none does")
    return end


def _fail_without_name(written: str, position: int, before: str, start: int) -> NoReturn:
    """Raises _Failed for what stands where a member's name is expected, behind the member `before` and a comma."""
    if not before:
        _fail(position, "a name in double quotes is expected")
    if written.startswith("}", position):
        _fail(position, f"a comma stands behind the last member, {printable(before)}")
    if written[position : position + 1].isdigit() and written[start : start + 1].lstrip("-").isdigit():
        raise _Failed(Fault(position, "a number has a comma", before, start))
    _fail(position, f"after {printable(before)} and a comma, a name in double quotes is expected")


def _ends_early(written: str, position: int) -> bool:
    """Whether what is missing is the rest: nothing is wrong with what is there from the fault on."""
    closing = {"{": "}", "[": "]"}.get(written[:1])
    return closing is not None and not written.endswith(closing) and _BEGUN.fullmatch(written, position) is not None


def _fail(position: int, words: str) -> NoReturn:
    raise _Failed(Fault(position, words))


def _goes_on(character: str) -> bool:
    return character.isalnum() or character in ("+", "-", ".", "_")


def _skip(written: str, position: int) -> int:
    blanks = _BLANKS.match(written, position)
    return position if blanks is None else blanks.end()


def _words(message: str) -> str:
    return _WORDS.get(message, message[:1].lower() + message[1:])
