"""What strangers and other programs send, and what becomes of it: one list for every test of odd inputs.

The kinds follow what public suites for JSON parsers, for Unicode and for RFC 3339 try. `OddEvent`s go to a single
event, a batch and a Kafka record; the parts they are made of go to the other routes as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

ID: Final = "8d1f0f5e-3c55-4b44-9f0b-6e6f0c3f7a11"
GOOD: Final = {
    "event_id": "test-001",
    "event_type": "ANSWER_SUBMITTED",
    "timestamp": "2026-09-01T08:30:00Z",
    "session_id": ID,
    "quiz_id": ID,
    "classroom_id": ID,
    "question_id": ID,
    "student_id": ID,
    "answer": "B",
}
"""An event that is not odd."""
DIGITS: Final = ID.replace("-", "")


class Id(NamedTuple):
    """A text where an identifier is read; `value` None where it is refused."""

    text: str
    value: UUID | None


TAKEN_IDS: Final = tuple(
    Id(text, UUID(text))
    for text in (ID, ID.upper(), ID[:20].upper() + ID[20:], DIGITS, DIGITS.upper(), "0" * 32, "f" * 32)
)
REFUSED_IDS: Final = tuple(
    Id(text, None)
    for text in (
        "1-1111111111111111111111111111111",
        "-".join(DIGITS),
        ID.replace("-", "\u2010"),
        ID.replace("-", "_"),
        ID.replace("-", " "),
        "8d1f-0f5e-3c55-4b44-9f0b-6e6f-0c3f-7a11",
        f"{DIGITS[:16]}-{DIGITS[16:]}",
        ID + "-",
        "-" + ID,
        "8d1f_0f5e3c554b449f0b6e6f0c3f7a1_1",
        "".join(chr(0x660 + int(digit)) for digit in "12345678901234567890123456789012"),
        "".join(chr(0xFF10 + int(digit)) for digit in "12345678901234567890123456789012"),
        ID[:-1] + "\u0661",
        ID[:-1] + "\uff11",
        "{" + ID + "}",
        "{" + DIGITS + "}",
        "(" + ID + ")",
        f"urn:uuid:{ID}",
        f"URN:UUID:{DIGITS}",
        f"uuid:{ID}",
        f" {ID}",
        f"{ID} ",
        f"{ID}\n",
        f"\t{DIGITS}",
        f"\u00a0{ID}",
        f"\ufeff{ID}",
        f"{ID}\u200b",
        f"{ID}\x00",
        f'"{ID}"',
        f"0x{DIGITS[:30]}",
        f"+{DIGITS[:31]}",
        ID[:-1],
        ID + "1",
        ID[:-1] + "g",
        DIGITS * 2,
        "jR8PXjxVS0SfC25vDD96EQ==",
        "null",
        "💥" * 8,
        "%38d1f0f5e",
    )
)
IDS: Final = TAKEN_IDS + REFUSED_IDS


class Number(NamedTuple):
    """A number of JSON where a whole one from 0 to 86,400,000 is read; `value` None where it is refused."""

    text: str
    value: int | None


NUMBERS: Final = (
    Number("1000.0", 1000),
    Number("1000.000000000000000000000000000000", 1000),
    Number("1e3", 1000),
    Number("1E+3", 1000),
    Number("1.5e1", 15),
    Number("10000e-2", 100),
    Number("0.0", 0),
    Number("-0", 0),
    Number("-0.0", 0),
    Number("0e0", 0),
    Number("0e-9999", 0),
    Number("86400000.0", 86_400_000),
    Number("86400000", 86_400_000),
    Number("86400000.5", None),
    Number("86400001.0", None),
    Number("0.5", None),
    Number("1e-3", None),
    Number("1e-99999", None),
    Number("1e-99999999999999999999", None),
    Number("1000.00000000000000000000000001", None),
    Number("-1.0", None),
    Number("-1e-400", None),
    Number("9007199254740993.0", None),
    Number("1e30", None),
    Number("1e400", None),
    Number("-1e400", None),
    Number("1e1000000000", None),
    Number("1e99999999999999999999", None),
    Number("9" * 30, None),
    Number("9" * 5000, None),
    Number("1" + "0" * 5000 + ".0", None),
    Number("NaN", None),
    Number("Infinity", None),
    Number("-Infinity", None),
    Number("nan", None),
    Number("01", None),
    Number("1.", None),
    Number(".5", None),
    Number("+1", None),
    Number("0x10", None),
    Number("1_000", None),
    Number("1,5", None),
    Number("--1", None),
    Number("-", None),
    Number("1e", None),
    Number('"1000"', None),
    Number('"1000.0"', None),
    Number('"NaN"', None),
    Number('""', None),
    Number("true", None),
    Number("[1000]", None),
    Number("{}", None),
    Number("\u0661", None),
)


class Time(NamedTuple):
    """A text where a time is read; `value` None where it is refused."""

    text: str
    value: datetime | None


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


TIMES: Final = (
    Time("2016-12-31T23:59:60Z", _utc(2017, 1, 1)),
    Time("2016-12-31T23:59:60.25Z", _utc(2017, 1, 1, 0, 0, 0, 250_000)),
    Time("2016-12-31T23:59:60.9999999Z", _utc(2017, 1, 1, 0, 0, 1)),
    Time("1998-12-31t23:59:60z", _utc(1999, 1, 1)),
    Time("1998-12-31 23:59:60Z", _utc(1999, 1, 1)),
    Time("2015-07-01T05:29:60+05:30", _utc(2015, 7, 1)),
    Time("1990-12-31T15:59:60.123-08:00", _utc(1991, 1, 1, 0, 0, 0, 123_000)),
    Time("2017-01-01T23:58:60+23:59", _utc(2017, 1, 1)),
    Time("2016-12-31T23:59:59.9999999Z", _utc(2017, 1, 1)),
    Time("2016-12-31t08:30:00z", _utc(2016, 12, 31, 8, 30)),
    Time("2016-12-31 08:30:00Z", _utc(2016, 12, 31, 8, 30)),
    Time("2016-12-31T08:30:00-00:00", _utc(2016, 12, 31, 8, 30)),
    Time("2016-12-31T08:30:00+23:59", _utc(2016, 12, 30, 8, 31)),
    Time("2016-12-31T08:30:00-23:59", _utc(2017, 1, 1, 8, 29)),
    Time("2016-12-31T08:30:00+0530", _utc(2016, 12, 31, 3)),
    Time("2016-02-29T08:30:00Z", _utc(2016, 2, 29, 8, 30)),
    Time("2016-12-31T08:30:00.1Z", _utc(2016, 12, 31, 8, 30, 0, 100_000)),
    Time("2016-12-31T08:30:00.1234567Z", _utc(2016, 12, 31, 8, 30, 0, 123_457)),
    Time("2016-12-31T08:30:00.123456789012345678901234567890Z", _utc(2016, 12, 31, 8, 30, 0, 123_457)),
    Time("0001-01-01T00:00:01Z", _utc(1, 1, 1, 0, 0, 1)),
    Time("2016-12-31T23:58:60Z", None),
    Time("2016-12-31T22:59:60Z", None),
    Time("2016-12-31T23:59:60+01:00", None),
    Time("2016-12-31T08:30:60Z", None),
    Time("2016-12-31T23:59:61Z", None),
    Time("2016-12-31T23:59:60", None),
    Time("9999-12-31T23:59:60Z", None),
    Time("2016-12-32T23:59:60Z", None),
    Time("2016-12-31T24:00:00Z", None),
    Time("2016-12-31T23:60:00Z", None),
    Time("0000-01-01T00:00:00Z", None),
    Time("9999-12-31T23:59:59.9999999Z", None),
    Time("9999-12-31T23:59:59-23:59", None),
    Time("0001-01-01T00:00:00+23:59", None),
    Time("10000-01-01T00:00:00Z", None),
    Time("-2016-12-31T08:30:00Z", None),
    Time("+02016-12-31T08:30:00Z", None),
    Time("2015-02-29T08:30:00Z", None),
    Time("2016-00-10T08:30:00Z", None),
    Time("2016-13-10T08:30:00Z", None),
    Time("2016-12-31T08:30:00", None),
    Time("2016-12-31T08:30Z", None),
    Time("2016-12-31", None),
    Time("20161231T083000Z", None),
    Time("2016-366T08:30:00Z", None),
    Time("2016-W52-6T08:30:00Z", None),
    Time("2016-12-31T08:30:00.Z", None),
    Time("2016-12-31T08:30:00,5Z", None),
    Time("2016-12-31T08:30:00+24:00", None),
    Time("2016-12-31T08:30:00+05:60", None),
    Time("2016-12-31T08:30:00+05", None),
    Time("2016-12-31T08:30:00+01:00:30", None),
    Time("2016-12-31T08:30:00\u221205:00", None),
    Time("2016-12-31T08:30:00ZZ", None),
    Time("2016-12-31T08:30:00Z+01:00", None),
    Time("2016-12-31T08:30:00 Z", None),
    Time(" 2016-12-31T08:30:00Z", None),
    Time("2016-12-31T08:30:00Z ", None),
    Time("2016-12-31T08:30:00Z[Europe/Berlin]", None),
    Time("2016-12-31T08:30:00CET", None),
    Time("٢٠١٦-12-31T08:30:00Z", None),
    Time("Sat, 31 Dec 2016 08:30:00 GMT", None),
    Time("31/12/2016 08:30", None),
    Time("1483173000", None),
    Time("1483173000000", None),
    Time("now", None),
    Time("", None),
    Time("\x00", None),
)


class Text(NamedTuple):
    """A string of JSON as it is written, where text of at most 1024 characters is read; `value` None where refused."""

    written: bytes
    value: str | None


TEXTS: Final = (
    Text('"great 😀"'.encode(), "great 😀"),
    Text(rb'"great \ud83d\ude00"', "great 😀"),
    Text(rb'"great \uD83D\uDE00"', "great 😀"),
    Text(rb'"\\ud83d"', "\\ud83d"),
    Text(rb'"\u005cud83d"', "\\ud83d"),
    Text(rb'"\ufeff\ufffe\uffff\u200f\u2028"', "\ufeff\ufffe\uffff\u200f\u2028"),
    Text(rb'"\/\b\f\n\r\t\""', '/\b\f\n\r\t"'),
    Text('"e\u0301 \u00e9 \u202eabc \U0010ffff"'.encode(), "e\u0301 \u00e9 \u202eabc \U0010ffff"),
    Text(b'"[{}],:\\"[{"', '[{}],:"[{'),
    Text('"{}"'.format("💥" * 1024).encode(), "💥" * 1024),
    Text('"{}"'.format("💥" * 1025).encode(), None),
    Text(rb'"great \ud83d"', None),
    Text(rb'"\ud83d, great"', None),
    Text(rb'"\ude00"', None),
    Text(rb'"\ude00\ud83d"', None),
    Text(rb'"\ud83d\ud83d\ude00"', None),
    Text(rb'"\ud83d\u0041"', None),
    Text(rb'"\ud83d\n"', None),
    Text(rb'"\udfff\uD800"', None),
    Text(b'"\xed\xa0\xbd\xed\xb8\x80"', None),
    Text(b'"\xed\xa0\xbd"', None),
    Text(b'"\xc3("', None),
    Text(b'"\xc0\x80"', None),
    Text(b'"\xf4\x90\x80\x80"', None),
    Text(b'"\xff"', None),
    Text(b'"Gr\xf6\xdfe"', None),
    Text(rb'"\u0000"', None),
    Text(b'"\x00"', None),
    Text(b'"a\nb"', None),
    Text(b'"a\x1fb"', None),
    Text(rb'"\x41"', None),
    Text(rb'"\u12"', None),
    Text(rb'"\u 041"', None),
    Text(rb'"\uD83D\uDE0"', None),
    Text(b"'B'", None),
    Text(b"B", None),
    Text(b"NULL", None),
    Text(b"True", None),
    Text(b"undefined", None),
    Text(b'["B"]', None),
    Text(b'{"B": 1}', None),
    Text(b"3", None),
    Text(b"true", None),
)

DEEPEST: Final = 500
"""Levels of nesting of a whole event; the event itself is one."""


class Unknown(NamedTuple):
    """A member of an object that nobody asked for; `name` is what it is called where it is refused."""

    written: bytes
    name: str | None


def _nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


UNKNOWN: Final = (
    Unknown(b'"": ""', None),
    Unknown(b'"device": {"os": "x", "list": [1, 2.5, 1e400, null, true, {}, []]}', None),
    Unknown(b'"device": 1e99999999999999999999', None),
    Unknown(b'"device": ' + b"9" * 5000, None),
    Unknown(b'"__proto__": {"a": 1}', None),
    Unknown(b'"\\u0000": "\\u0000"', None),
    Unknown('"Größe 😀": "😀"'.encode(), None),
    Unknown(b'"a": ' + _nested(DEEPEST - 1), None),
    Unknown(b'"a": "' + b"[" * 20_000 + b'"', None),
    Unknown(b'"a": [' + b"[]," * 5_000 + b"{}]", None),
    Unknown(b'"a": 1, "a": 2', None),
    Unknown(b'"a": ' + _nested(DEEPEST), "a"),
    Unknown(b'"a": ' + _nested(20_000), "a"),
    Unknown(b'"a": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "a"),
    Unknown(rb'"device": "great \ud83d"', "device"),
    Unknown(rb'"device": {"os": ["\ude00"]}', "device"),
    Unknown(rb'"device": {"\ud83d": 1}', "device"),
    Unknown(rb'"dev\ud83d": 1', "dev\\ud83d"),
    Unknown(b'"dev\xff": 1', "dev\\xff"),
    Unknown(b'"device": "\xc3("', "device"),
    Unknown(b'"device": {"\xc3(": 1}', "device"),
    Unknown(b'"device": NaN', "device"),
    Unknown(b'"device": [-Infinity]', "device"),
    Unknown(b'"device": 01', "device"),
    Unknown(b'"device": {"a": 1,}', "device"),
    Unknown(b'"device": [1,,2]', "device"),
    Unknown(b'"device": {a: 1}', "device"),
    Unknown(b'"device": [1}', "device"),
    Unknown(b'"device": ', "device"),
    Unknown(b'"device": "a\tb"', "device"),
    Unknown(rb'"device": "\a"', "device"),
    Unknown(b'"device": /* none */ 1', "device"),
    Unknown(b'"device": 1,5', "device"),
)


BROKEN: Final = (
    b'"device": 1 "os": 2',
    b'"device": 1,',
    b'"device": 1,, "os": 2',
    b'"device": 1, "device": 2, os',
    b'"device": "x" // none\n',
    b'"device": {"a": 1}}',
    b'"device" 1',
    b"device: 1",
)
"""Members after which an event is broken, though each value in it is sound: none of its fields is at fault."""


@dataclass(frozen=True)
class OddEvent:
    """A good answer with these members as they are written, in place of its own.

    `faulty` names the field it is refused for, if it is. `values` are those that it has then.
    """

    name: str
    members: tuple[bytes, ...]
    replaced: tuple[str, ...] = ()
    faulty: str | None = None
    values: dict[str, object] = field(default_factory=dict)

    def written(self, good: dict[str, str]) -> bytes:
        """The event as JSON, with the other fields from `good`."""
        own = [f'"{name}": "{text}"'.encode() for name, text in good.items() if name not in self.replaced]
        return b"{" + b", ".join([*own, *self.members]) + b"}"


def _member(name: str, written: bytes) -> bytes:
    return f'"{name}": '.encode() + written


def _quoted(text: str) -> bytes:
    return b'"' + b"".join(_spelled(each) for each in text) + b'"'


def _spelled(character: str) -> bytes:
    return rf"\u{ord(character):04x}".encode() if character in '"\\' or character < " " else character.encode()


ID_FIELDS: Final = ("session_id", "quiz_id", "classroom_id", "question_id", "student_id", "teacher_id")


def odd_events() -> Iterator[OddEvent]:
    """Every odd event."""
    for number in NUMBERS:
        yield _odd_field("response_time_ms", number.text.encode(), number.value)
    for text in TEXTS:
        yield _odd_field("answer", text.written, text.value)
    for time in TIMES:
        yield _odd_field("timestamp", _quoted(time.text), time.value)
    for identifier in IDS:
        for name in ID_FIELDS:
            yield _odd_field(name, _quoted(identifier.text), identifier.value)
    for unknown in UNKNOWN:
        yield OddEvent(_short(unknown.written), (unknown.written,), faulty=unknown.name)
    yield from _ODD_TIMERS
    yield from _ODD_IDS_OF_EVENTS
    yield from _REPEATED


def _odd_field(name: str, written: bytes, value: object) -> OddEvent:
    member = _member(name, written)
    return OddEvent(
        _short(member),
        (member,),
        replaced=(name,),
        faulty=name if value is None else None,
        values={} if value is None else {name: value},
    )


def _short(written: bytes) -> str:
    return f"{written[:60]!r}{f'... of {len(written)}' * (len(written) > 60)}"


_ODD_TIMERS: Final = (
    _odd_field("timer_sec", b"60.0", 60),
    _odd_field("timer_sec", b"6e1", 60),
    _odd_field("timer_sec", b"86400.0", 86_400),
    _odd_field("timer_sec", b"0.0", None),
    _odd_field("timer_sec", b"-0.0", None),
    _odd_field("timer_sec", b"86400.1", None),
    _odd_field("timer_sec", b"NaN", None),
)

_ODD_IDS_OF_EVENTS: Final = (
    _odd_field("event_id", b'"test-001 with blanks, \xc3\xb6 and \\ud83d\\ude00"', "test-001 with blanks, ö and 😀"),
    _odd_field("event_id", rb'"test-\ud83d"', None),
    _odd_field("event_id", b'"test-\xff"', None),
    _odd_field("event_id", rb'"test-\u0000"', None),
    _odd_field("event_id", rb'"test-\u2028"', None),
    _odd_field("event_id", rb'"\ufeff"', None),
    _odd_field("event_id", b"1", None),
    _odd_field("event_id", b"null", None),
    _odd_field("event_type", rb'"ANSWER_SUBMITTED\u0000"', None),
    _odd_field("event_type", b'"answer_submitted"', None),
    _odd_field("event_type", rb'"\u0041NSWER_SUBMITTED"', "ANSWER_SUBMITTED"),
)

_REPEATED: Final = (
    OddEvent("twice", (b'"answer": "A"', b'"answer": "C"'), replaced=("answer",), values={"answer": "C"}),
    OddEvent("twice, first wrong", (b'"answer": 7', b'"answer": "C"'), replaced=("answer",), values={"answer": "C"}),
    OddEvent("twice, last wrong", (b'"answer": "C"', b'"answer": 7'), replaced=("answer",), faulty="answer"),
    OddEvent("twice, first no text", (rb'"answer": "\ud83d"', b'"answer": "C"'), replaced=("answer",), faulty="answer"),
    OddEvent("a name in escapes", (rb'"\u0061nswer": "C"',), replaced=("answer",), values={"answer": "C"}),
    OddEvent("another case", (b'"Answer": "C"',), replaced=("answer",), faulty="answer"),
)


class Body(NamedTuple):
    """A whole body made of a good value; `words` is what is said where it is refused."""

    name: str
    before: bytes
    after: bytes
    encoding: str
    words: str | None

    def written(self, good: bytes) -> bytes:
        """The body, with `good` in it."""
        return self.before + good.decode().encode(self.encoding) + self.after


BODIES: Final = (
    Body("byte-order mark", b"\xef\xbb\xbf", b"", "utf-8", None),
    Body("blanks around", b" \t\r\n", b" \t\r\n", "utf-8", None),
    Body("two byte-order marks", b"\xef\xbb\xbf\xef\xbb\xbf", b"", "utf-8", "in UTF-8: "),
    Body("blank before the mark", b" \xef\xbb\xbf", b"", "utf-8", "in UTF-8: "),
    Body("UTF-16 with a mark", b"", b"", "utf-16", "UTF-16"),
    Body("UTF-16, little", b"", b"", "utf-16-le", "UTF-16"),
    Body("UTF-16, big", b"", b"", "utf-16-be", "UTF-16"),
    Body("UTF-32 with a mark", b"", b"", "utf-32", "UTF-32"),
    Body("UTF-32, little", b"", b"", "utf-32-le", "UTF-32"),
    Body("UTF-32, big", b"", b"", "utf-32-be", "UTF-32"),
    Body("no-break space", b"\xc2\xa0", b"", "utf-8", "in UTF-8: "),
    Body("NUL after it", b"", b"\x00", "utf-8", "in UTF-8: "),
    Body("form feed", b"\x0c", b"", "utf-8", "in UTF-8: "),
    Body("a comment", b"// good\n", b"", "utf-8", "in UTF-8: "),
    Body("a guard", b")]}',\n", b"", "utf-8", "in UTF-8: "),
    Body("something after it", b"", b"]", "utf-8", "in UTF-8: "),
    Body("not closed", b'{"a": ', b"", "utf-8", "in UTF-8: "),
)

CODINGS: Final = (
    ("identity", True),
    ("Identity", True),
    ("IDENTITY", True),
    (" identity\t", True),
    ("identity, identity", True),
    ("identity,Identity ,", True),
    ("", True),
    ("gzip", False),
    ("GZIP", False),
    ("identity, gzip", False),
    ("gzip, identity", False),
    ("x-identity", False),
    ("identity;q=1", False),
    ("\xff", False),
)
"""Values of Content-Encoding, and whether a plain body goes with them."""

CONTENT_TYPES: Final = (
    "application/json; charset=utf-8",
    "application/json;charset=UTF-16",
    "application/json; charset=iso-8859-1",
    "APPLICATION/JSON",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/vnd.api+json",
    "?",
    ";",
    "",
    "\xff",
)
"""Values of Content-Type; every body is read as JSON whatever they say."""
