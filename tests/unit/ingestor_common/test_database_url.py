"""A DATABASE_URL is taken or refused at the start, in words that hold nothing of it."""

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestor_common.database_url import describe, parse, require_usable

_LETTERS = "QXZÄß€789"
_PASSWORDS = st.text(_LETTERS + "#/?@:%[]&=,+ '\"\\!$\t", min_size=1, max_size=24)
_INSERTED = st.sampled_from(list("#/?@:%[]&=, '\"\\") + ["%ff", "%00", "?sslmode=", "://"])


def _url(password: str) -> str:
    return f"postgresql://ada:{password}@db.example:5432/school"


def _fragments(password: str) -> list[str]:
    """What must be printed nowhere: four characters in a row with a letter, which our own words do not have."""
    pieces = (password[start : start + 4] for start in range(len(password) - 3))
    return [piece for piece in pieces if set(piece) & set(_LETTERS)]


def _said_of(url: str) -> str:
    try:
        require_usable(url)
    except ValueError as error:
        return str(error)
    return describe(url)


def _require_silence(url: str, password: str) -> None:
    said = _said_of(url)
    assert not [piece for piece in _fragments(password) + _fragments(quote(password, safe="")) if piece in said], said


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_password_that_is_percent_encoded_reaches_the_driver_as_it_is(password: str) -> None:
    url = require_usable(_url(quote(password, safe="")))
    assert parse(url)[1].password == password
    assert describe(url) == "db.example:5432/school"


@given(_PASSWORDS)
@example("QXZ7#QXZ8")
@example("7899/QXZ8")
@example("QXZ7?QXZ8=QXZ9")
@example("789?user=QXZ8")
@example("QXZ7@QXZ8")
@example("QXZ7[QXZ8")
def test_nothing_of_a_password_that_is_not_encoded_is_said(password: str) -> None:
    _require_silence(_url(password), password)


@given(_PASSWORDS, st.data())
def test_nothing_of_the_password_of_a_url_that_was_cut_is_said(password: str, data: st.DataObject) -> None:
    url = _url(quote(password, safe=""))
    start = data.draw(st.integers(0, len(url)))
    _require_silence(url[start:], password)
    _require_silence(url[:start], password)


@given(_PASSWORDS, _INSERTED, st.data())
def test_nothing_of_the_password_of_a_url_with_a_wrong_character_is_said(
    password: str, inserted: str, data: st.DataObject
) -> None:
    url = _url(quote(password, safe=""))
    place = data.draw(st.integers(0, len(url)))
    _require_silence(url[:place] + inserted + url[place:], password)
    _require_silence(url[:place] + url[place + 1 :], password)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("'postgresql://ada:QXZ7@h/school'", "remove the quotation marks"),
        ('"postgresql://ada:QXZ7@h/school"', "remove the quotation marks"),
        ("mysql://ada:QXZ7@h/school", "does not begin with postgresql://"),
        ("host=h user=ada password=QXZ7", "does not begin with postgresql://"),
        ("postgresql://ada:QX#Z7@h/school", "# as %23"),
        ("postgresql://ada:QX/Z7@h/school", "/ as %2F"),
        ("postgresql://ada:12/Z7@h/school", "/ as %2F"),
        ("postgresql://ada:QX?Z7@h/school", "? as %3F"),
        ("postgresql://ada:QX@Z7@h/school", "@ as %40"),
        ("postgresql://ada:QX[Z7@h/school", "percent-encode"),
        ("postgresql://ada:%C3@h/school", "not UTF-8"),
        ("postgresql://ada:%00@h/school", "%00"),
        ("postgresql://ada:QXZ7@h:port/school", "wrong port"),
        ("postgresql://ada:QXZ7@h:65536/school", "wrong port"),
        ("postgresql://ada:QXZ7@h:0/school", "wrong port"),
        ("postgresql://ada:QXZ7@::1/school", "IPv6 address stands in brackets"),
        ("postgresql://ada:QXZ7@:5432/school", "empty host"),
        ("postgresql://ada:QXZ7@h,/school", "empty host"),
        ("postgresql://ada:QXZ7@a h/school", "no name and no address"),
        ("postgresql://ada:QXZ7@h/school?sslmod=require", "unknown parameter, number 1"),
        ("postgresql://ada:QXZ7@h/school?sslmode=require&connect_timeout=3", "unknown parameter, number 2"),
        ("postgresql://ada:QXZ7@h/school?sslmode=always", "one of disable, allow, prefer, require"),
        ("postgresql://ada:QXZ7@h/school?target_session_attrs=master", "one of any, primary"),
        ("postgresql://ada:QXZ7@h/school?sslmode=verify-full&sslrootcert=/nowhere", "files of sslrootcert"),
        ("postgresql://ada:QXZ7@/school?host=h&port=x", "wrong host or port"),
    ],
)
def test_what_is_wrong_and_what_to_do_is_said(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        require_usable(url)
    assert words in str(refused.value)
    assert "QX" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgres://ada:QXZ7@h/school", "h:5432/school"),
        ("postgresql://ada@h/school", "h:5432/school"),
        ("postgresql://ada:a b€@h:/school\n", "h:5432/school"),
        ("postgresql://ada:100%pure@h/school", "h:5432/school"),
        ("postgresql://ada:QXZ7@[::1]:6432/school", "::1:6432/school"),
        ("postgresql://ada:QXZ7@a:1,b,[::1]:3/school?target_session_attrs=read-write", "a:1,b:5432,::1:3/school"),
        ("postgresql://ada:QXZ7@%2Frun%2Fpg/school", "/run/pg/.s.PGSQL.5432/school"),
        ("postgresql://ada:QXZ7@h/school?sslmode=require&application_name=x&search_path=y&a.b=c", "h:5432/school"),
        ("postgresql://h/school?user=ada@srv&password=QX@Z7", "the address in DATABASE_URL"),
        ("postgresql://ada@/school?host=h&port=6432", "h:6432/school"),
    ],
)
def test_what_the_driver_takes_is_taken(url: str, place: str) -> None:
    assert describe(require_usable(url)) == place


@pytest.mark.parametrize("variable", ["PGPORT", "PGSSLMODE", "PGTARGETSESSIONATTRS"])
def test_a_wrong_variable_of_the_driver_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "QXZ7")
    with pytest.raises(ValueError, match=variable) as refused:
        require_usable("postgresql://ada@h/school")
    assert "QXZ7" not in str(refused.value)
