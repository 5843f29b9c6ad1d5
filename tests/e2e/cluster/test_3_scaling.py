"""The number of consumers follows the backlog; the number of partitions follows the spec."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.cluster.consumers import patch, pin, running, unpin
from e2e.cluster.installation import NAME, ledger
from e2e.cluster.kube import SCHOOL, kafka, refused, school, sql, status, until_ready
from e2e.cluster.traffic import traffic
from e2e.waiting import eventually

BACKLOG = 20_000
# A database that takes three milliseconds and more for each event, however fast the machine is: one consumer needs a
# minute and more for the backlog, and once two have been watched at work there is enough left for three.
SLOW = """
create function pause() returns trigger language plpgsql as $$ begin perform pg_sleep(0.003); return new; end $$;
create trigger slow before insert on events for each row execute function pause();
"""
FAST = "drop trigger slow on events; drop function pause();"


@pytest.fixture
def slow_database(quiz: None) -> Iterator[None]:
    """Storing takes its time while inside."""
    sql(SLOW)
    yield
    sql(FAST)


def test_a_backlog_brings_three_consumers_and_then_one_again(slow_database: None, tmp_path: Path) -> None:
    """Proves: the operator scales 1 -> 2 -> 3 while a backlog stands, says why, and back to 1 once it is drained."""
    pin(0)
    with traffic(tmp_path, "--batch", "500", "--rate", "3000", "--events", str(BACKLOG)) as run:
        run.process.wait(240)
        unpin()
        eventually(lambda: status()["consumer"]["desired"] == 3, 180, "three consumers are wanted", every=0.5)
        eventually(lambda: status()["consumer"]["ready"] == 3, 60, "three consumers are at work", every=0.5)
        assert [decision for decision in status()["decisions"] if decision["direction"] == "up"]
        run.verify(300)

    eventually(lambda: status()["consumer"]["replicas"] == 1, 300, "one consumer is left", every=2)
    assert "the books balance" in ledger(120)


def test_kubectl_scale_pins_the_consumers(quiz: None) -> None:
    """Proves: the scale subresource, and that it cannot go beyond the partitions."""
    school("scale", "ingd", NAME, "--replicas", "2")
    eventually(lambda: running() == 2, 60, "two consumers run")

    assert "beyond kafka.topic.partitions" in refused("--namespace", SCHOOL, "scale", "ingd", NAME, "--replicas=9")
    unpin()
    eventually(lambda: running() == 1, 300, "one consumer is left", every=2)


def topic_reason() -> str:
    return next(str(one["reason"]) for one in status()["conditions"] if one["type"] == "TopicReady")


def test_partitions_grow_from_three_to_six(quiz: None, tmp_path: Path) -> None:
    """Proves: the topic grows on request while nothing waits, traffic goes on, and it never shrinks."""
    patch({"kafka": {"topic": {"partitions": 6}}})
    eventually(lambda: status()["topic"]["partitions"] == 6, 120, "the topic has six partitions", every=1)

    assert "PartitionCount: 6" in kafka("kafka-topics", "--describe", "--topic", "quiz-events")
    with traffic(tmp_path, "--events", "2000") as run:
        run.process.wait(180)
        run.verify()
    until_ready(NAME)
    assert len([line for line in ledger().splitlines() if line.strip()[:1].isdigit()]) == 6
    patch({"kafka": {"topic": {"partitions": 3}}})
    eventually(lambda: topic_reason() == "MorePartitions", 60, "fewer partitions are reported", every=1)
    assert "PartitionCount: 6" in kafka("kafka-topics", "--describe", "--topic", "quiz-events")
    patch({"kafka": {"topic": {"partitions": 6}}})
    eventually(lambda: topic_reason() == "TopicsReady", 60, "the spec says what the topic has", every=1)
    assert int(sql("select count(*) from events")) > 0
