"""A record that cannot be stored is known by its session and its event's id, as far as they can be read."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_consumer.batches import event

from ingestor_common.record_values import LARGEST_EVENT
from ingestor_common.records import key_of, value_of
from ingestor_common.store.dead_letters import DeadLetter
from ingestor_consumer.naming import NO_NAMES, names_of

SESSION = event(1).session_id


def test_every_event_is_known_by_its_own_ids() -> None:
    assert names_of(None, value_of(event(1))) == (SESSION, event(1).event_id)
    assert names_of(b"x", b"\xef\xbb\xbf" + value_of(event(1))) == (SESSION, event(1).event_id)


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"[]", b"\xff", b"{}", b'{"session_id": 7}', b" " * (LARGEST_EVENT + 1)]
)
def test_a_value_without_a_session_leaves_the_keys(value: bytes | None) -> None:
    assert names_of(key_of(event(1)), value) == (SESSION, None)
    assert names_of(b"key", value) == NO_NAMES


@pytest.mark.parametrize("event_id", ["", "x" * 129, "a\x00b", 7, None, [[]]])
def test_what_can_be_no_event_id_is_none(event_id: object) -> None:
    assert names_of(None, msgspec.json.encode({"event_id": event_id})).event_id is None


@given(key=st.none() | st.binary(max_size=50), value=st.none() | st.binary(max_size=200))
def test_no_bytes_make_it_fail(key: bytes | None, value: bytes | None) -> None:
    names_of(key, value)


def test_a_letter_is_not_an_event_that_it_says_it_is_not() -> None:
    other = UUID(int=5)
    letter = DeadLetter(0, 0, "expired", "", None, SESSION, "a")
    assert letter.may_be(SESSION, "a")
    assert not letter.may_be(other, "a")
    assert not letter.may_be(SESSION, "b")
    assert DeadLetter(0, 0, "unreadable", "", 9).may_be(other, "b")
