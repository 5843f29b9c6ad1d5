"""What of the other groups is known before a topic is deleted, and what an answer with a hole in it means."""

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from ingestor_operator.deletion import foreign_groups
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.scaling import GroupState, Member

TOPICS = {"quiz-events": 2, "quiz-events.dlq": 1}
NOTHING = {0: -1, 1: -1}


class Described(Admin):
    """An Admin of one group "reports", of which Kafka says what it is told."""

    def __init__(self, state: GroupState, members: tuple[Member, ...], offsets: dict[int, int]) -> None:
        self._said = (state, members)
        self._groups: Any = SimpleNamespace(offsets=self._told)
        self._offset = offsets

    async def groups(self) -> list[str]:
        return ["own", "reports"]

    async def group(self, name: str, topic: str) -> tuple[GroupState, tuple[Member, ...]]:
        assert name == "reports"
        return self._said

    async def _told(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        return {number: offset for number, offset in self._offset.items() if number < partitions}


@pytest.mark.parametrize(
    ("state", "members", "offsets", "used"),
    [
        (GroupState.EMPTY, (), NOTHING, False),
        (GroupState.STABLE, (Member("one", ()),), NOTHING, False),
        (GroupState.STABLE, (Member("one", (1,)),), NOTHING, True),
        (GroupState.EMPTY, (), {0: -1, 1: 7}, True),
        (GroupState.DEAD, (), {0: 7}, True),
        (GroupState.STABLE, (Member("one", unread="protocol type connect"),), {0: -1, 1: 7}, True),
        # A member whose assignment cannot be read.
        (GroupState.STABLE, (Member("one"), Member("two", unread="protocol type connect")), NOTHING, None),
        # A partition whose offset cannot be read, a group in motion, a listed group that is none of consumers.
        (GroupState.EMPTY, (), {0: -1}, None),
        (GroupState.UNKNOWN, (), NOTHING, None),
        (GroupState.DEAD, (), NOTHING, None),
    ],
)
async def test_a_group_counts_as_no_reader_only_where_that_is_known(
    state: GroupState, members: tuple[Member, ...], offsets: dict[int, int], used: bool | None
) -> None:
    assert await foreign_groups(Described(state, members, offsets), "own", TOPICS) == {"reports": used}


async def test_a_group_whose_coordinator_moves_may_be_a_reader() -> None:
    class Moves(Described):
        async def _told(self, group: str, topic: str, partitions: int) -> dict[int, int]:
            raise KafkaException(KafkaError(KafkaError.NOT_COORDINATOR))

    assert await foreign_groups(Moves(GroupState.EMPTY, (), {}), "own", TOPICS) == {"reports": None}


class Refusing(Described):
    """An Admin of groups "own", "reports" and "hidden", of whose members the last one's are refused."""

    def __init__(self, code: int, offsets: dict[int, int], other: dict[int, int] = NOTHING) -> None:
        super().__init__(GroupState.EMPTY, (), other)
        self._code = code
        self._hidden_offsets = offsets

    async def groups(self) -> list[str]:
        return ["hidden", "own", "reports"]

    async def group(self, name: str, topic: str) -> tuple[GroupState, tuple[Member, ...]]:
        if name == "hidden":
            raise KafkaException(KafkaError(self._code))
        return await super().group(name, topic)

    async def _told(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        # On the dead letters alone.
        if group == "hidden":
            return self._hidden_offsets if topic.endswith(".dlq") else dict(list(NOTHING.items())[:partitions])
        return await super()._told(group, topic, partitions)


REFUSALS = [
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.INVALID_GROUP_ID,
    KafkaError.UNKNOWN,
]


@pytest.mark.parametrize("code", REFUSALS)
async def test_what_kafka_refuses_to_tell_of_one_group_hides_no_other(code: int) -> None:
    found = await foreign_groups(Refusing(code, {0: -1}, {0: 5}), "own", TOPICS)
    assert found["reports"] is True
    refusal = found["hidden"]
    assert isinstance(refusal, KafkaError)
    assert refusal.code() == code


@pytest.mark.parametrize("code", REFUSALS)
async def test_a_group_whose_members_are_not_told_is_a_reader_where_its_offsets_say_so(code: int) -> None:
    assert await foreign_groups(Refusing(code, {0: 3}), "own", TOPICS) == {"hidden": True, "reports": False}


async def test_a_kafka_that_does_not_answer_is_no_refusal_of_a_group() -> None:
    with pytest.raises(KafkaException):
        await foreign_groups(Refusing(KafkaError._TRANSPORT, {0: -1}), "own", TOPICS)


class Listing(Admin):
    """An Admin whose brokers list a group "seen"; any group can be described, unless it is refused."""

    def __init__(self, refusal: KafkaException | None = None) -> None:
        self._groups: Any = SimpleNamespace(names=self._names)
        self._refusal = refusal

    async def group(self, name: str, topic: str) -> tuple[GroupState, tuple[Member, ...]]:
        if self._refusal:
            raise self._refusal
        return GroupState.DEAD, ()

    async def _names(self) -> list[str]:
        return ["seen"]


async def test_a_listing_that_leaves_out_what_the_user_may_not_describe_is_an_error() -> None:
    refusal = KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED))
    with pytest.raises(KafkaException) as raised:
        await Listing(refusal).groups()
    assert raised.value is refusal
    assert await Listing().groups() == ["seen"]
