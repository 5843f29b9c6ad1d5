"""Assignments of a group's members: whatever they are, reading them does not fail."""

from aiokafka.protocol.group import MemberAssignment
from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.kafka_groups.assignments import assigned

TOPIC = "quiz-events"
_PARTITIONS = st.lists(st.integers(0, 1000), max_size=5)
_TOPICS = st.lists(st.tuples(st.just(TOPIC) | st.text(max_size=8), _PARTITIONS), max_size=4)
_USER_DATA = st.none() | st.binary(max_size=20)


def encoded(version: int, topics: list[tuple[str, list[int]]], user_data: bytes | None) -> bytes:
    data: bytes = MemberAssignment(version, topics, user_data).encode()
    return data


@given(st.integers(0, 3), _TOPICS, _USER_DATA, st.binary(max_size=4))
def test_an_assignment_tells_the_partitions_of_the_topic(
    version: int, topics: list[tuple[str, list[int]]], user_data: bytes | None, behind: bytes
) -> None:
    held = {number for name, numbers in topics if name == TOPIC for number in numbers}
    assert assigned(encoded(version, topics, user_data) + behind, TOPIC) == tuple(sorted(held))


@given(_TOPICS, st.data())
def test_one_that_is_cut_off_is_none(topics: list[tuple[str, list[int]]], data: st.DataObject) -> None:
    whole = encoded(0, topics, None).removesuffix(b"\xff\xff\xff\xff")
    cut = data.draw(st.integers(1, len(whole) - 1))
    assert assigned(whole[:cut], TOPIC) is None


@given(st.binary(min_size=1, max_size=40) | st.binary(min_size=2, max_size=40).map(lambda rest: b"\0\0\0\0" + rest))
def test_any_bytes_are_read_or_are_none(assignment: bytes) -> None:
    found = assigned(assignment, TOPIC)
    # Partitions of the topic stand behind its name.
    assert not found or TOPIC.encode() in assignment


def test_a_member_without_an_assignment_holds_nothing() -> None:
    assert assigned(b"", TOPIC) == ()


def test_a_negative_number_of_topics_is_no_assignment() -> None:
    for count in (b"\xff\xff\xff\xff", b"\xff\xff\xff\xfe", b"\x80\0\0\0"):
        assert assigned(b"\0\0" + count, TOPIC) is None


def test_lengths_that_are_negative_are_no_assignment() -> None:
    for topics in (b"\xff\xff\0\0\0\0", b"\x80\0\0\0\0\0", b"\0\1t\xff\xff\xff\xff", b"\0\1t\x80\0\0\0"):
        assert assigned(b"\0\0\0\0\0\1" + topics, TOPIC) is None
