"""A world whose broker loses the ends of its logs."""

from confluent_kafka import KafkaException
from integration.consumer.log_files import cut_log
from integration.consumer.world import World
from integration.waiting import wait_until

from ingestor_common.events import Event
from ingestor_common.records import key_of, value_of
from ingestor_common.store.ledger import Account
from ingestor_dev.embedded.kafka import EmbeddedKafka

SECONDS = 60.0


def send(world: World, sent: list[Event], partitions: tuple[int, ...]) -> None:
    """In many small record sets, so that a log can be cut nearly anywhere."""
    sender = world.sender(**{"linger.ms": 0, "batch.num.messages": 5})
    for number, event in enumerate(sent):
        sender.put(world.topic, value_of(event), key_of(event), partition=partitions[number % len(partitions)])
        if number % 50 == 49:
            sender.flush()
    sender.flush()


def lose_end(kafka: EmbeddedKafka, world: World, ends: dict[int, int]) -> dict[int, int]:
    """Kill the broker, cut the logs to about these ends, and start it again; gives the ends as they became."""
    kafka.kill()
    found = {partition: cut_log(kafka, world.topic, partition, end) for partition, end in ends.items()}
    kafka.start()
    kafka.wait_ready()
    wait_until("the partitions led", lambda: _are_led(world))
    return found


def _are_led(world: World) -> bool:
    try:
        return bool(world.log_ends())
    except KafkaException:
        return False


async def settled(world: World) -> dict[int, Account]:
    accounts = await world.caught_up(SECONDS)
    assert {account.unaccounted for account in accounts.values()} == {0}, accounts
    assert {account.gaps for account in accounts.values()} == {0}, accounts
    return accounts
