"""The names of all groups are those that each broker lists, or it is an error."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.metadata import MetadataRequest
from confluent_kafka import KafkaError, KafkaException

from ingestor_common.kafka_groups.groups import Groups
from ingestor_common.network_addresses import Broker

SILENT = KafkaException(KafkaError(KafkaError._TRANSPORT))


class Listing(Groups):
    """A cluster of brokers a, b and so on, which answer with names, an error code or not at all."""

    def __init__(self, *answers: list[str] | int | None) -> None:
        super().__init__("a:9092", dict, 1.0)
        self._answers = dict(zip("abc", answers, strict=False))

    async def _ask(self, broker: Broker, request: Any) -> Any:
        if isinstance(request, MetadataRequest):
            return SimpleNamespace(brokers=[(number, host, 9092) for number, host in enumerate(self._answers)])
        answer = self._answers[broker.host]
        if answer is None:
            raise SILENT
        if isinstance(answer, int):
            return SimpleNamespace(error_code=answer, groups=[])
        return SimpleNamespace(error_code=0, groups=[(name, "consumer") for name in answer])


async def test_the_names_of_all_brokers_are_joined() -> None:
    assert await Listing(["y", "x"], [], ["z", "x"]).names() == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((["x"], None), KafkaError._TRANSPORT),
        ((["x"], KafkaError.COORDINATOR_LOAD_IN_PROGRESS), KafkaError.COORDINATOR_LOAD_IN_PROGRESS),
        ((["x"], KafkaError.COORDINATOR_NOT_AVAILABLE, ["y"]), KafkaError.COORDINATOR_NOT_AVAILABLE),
        ((), KafkaError.BROKER_NOT_AVAILABLE),
    ],
)
async def test_a_broker_that_does_not_list_its_own_is_an_error(answers: tuple[Any, ...], code: int) -> None:
    with pytest.raises(KafkaException) as raised:
        await Listing(*answers).names()
    assert raised.value.args[0].code() == code
