"""The set-up guide's commands against `docker compose up`."""

import json
import re
import socket
import time

import pytest
from e2e import guide
from e2e.commands import run
from e2e.stack.compose import Stack
from e2e.waiting import eventually

LOCAL = ("--bootstrap-server", "localhost:9092")


def test_an_event_goes_through_kafka_into_the_database(stack: Stack) -> None:
    token = guide.token(stack.url)
    sent = guide.event(f"test-{time.time_ns()}")

    answer = guide.call(stack.url, "/api/events", sent, token)

    assert (answer.status, answer.body["mode"]) == (201, "kafka")
    eventually(lambda: guide.state(stack.url, str(sent["event_id"]), token) == "stored", 30, "the event is stored")


def test_the_topic_shows_the_message(stack: Stack) -> None:
    event_id = f"shown-{time.time_ns()}"
    guide.call(stack.url, "/api/events", guide.event(event_id), guide.token(stack.url))

    reading = ("--topic", "quiz-events", "--from-beginning", "--timeout-ms", "8000")
    messages = stack.kafka("kafka-console-consumer", *LOCAL, *reading)

    assert event_id in [json.loads(line)["event_id"] for line in messages.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("suffix", ["", ".sh"])
def test_the_topic_has_three_partitions_and_seven_days(stack: Stack, suffix: str) -> None:
    described = stack.kafka(f"kafka-topics{suffix}", "--describe", "--topic", "quiz-events", *LOCAL)

    assert "PartitionCount: 3" in described
    assert "retention.ms=604800000" in described


@pytest.mark.parametrize("suffix", ["", ".sh"])
def test_the_consumer_group_is_listed_with_its_lag(stack: Stack, suffix: str) -> None:
    name = "analytics-event-processors"

    assert name in stack.kafka(f"kafka-consumer-groups{suffix}", "--list", *LOCAL).splitlines()
    described = stack.kafka(f"kafka-consumer-groups{suffix}", "--describe", "--group", name, *LOCAL)
    assert {"TOPIC", "LAG", "quiz-events"} <= set(described.split())


@pytest.mark.parametrize("suffix", ["", ".sh"])
def test_the_broker_answers_the_connectivity_check(stack: Stack, suffix: str) -> None:
    assert "(id: 1 rack: null" in stack.kafka(f"kafka-broker-api-versions{suffix}", *LOCAL)


def test_the_broker_offers_jmx(stack: Stack) -> None:
    with socket.create_connection(("127.0.0.1", stack.ports["KAFKA_JMX_PORT"]), timeout=5) as jmx:
        # Whoever publishes the port takes connections for it; only the broker's RMI answers this greeting.
        jmx.sendall(b"JRMI\x00\x02K")
        assert jmx.recv(1) == b"\x4e"


def test_the_broker_logs_who_joins_the_group(stack: Stack) -> None:
    logged = run("docker", "logs", "analytics-kafka").splitlines()

    assert [line for line in logged if re.search("analytics-event-processors.*Member.*join", line)]


def test_the_books_balance(stack: Stack) -> None:
    assert "the books balance" in stack.compose("run", "--rm", "migrate", "ingestor-admin", "ledger", "--wait", "30")


def test_prometheus_counts_the_events(stack: Stack) -> None:
    guide.call(stack.url, "/api/events", guide.event(f"counted-{time.time_ns()}"), guide.token(stack.url))

    eventually(lambda: stack.query("sum(ingestor_events_accepted_total)"), 60, "Prometheus has the API's counter")
    eventually(lambda: stack.query("sum(ingestor_events_persisted_total)"), 60, "Prometheus has the consumer's counter")


def test_no_event_is_lost_while_the_database_restarts(stack: Stack) -> None:
    token = guide.token(stack.url)
    ids = [f"kept-{number}-{time.time_ns()}" for number in range(20)]

    run("docker", "stop", "--time", "20", "analytics-postgres")
    answers = [guide.call(stack.url, "/api/events", guide.event(event_id), token) for event_id in ids]
    run("docker", "start", "analytics-postgres")

    assert {(answer.status, answer.body["mode"]) for answer in answers} == {(201, "kafka")}
    for event_id in ids:
        eventually(lambda: guide.state(stack.url, event_id, token) == "stored", 60, f"{event_id} is stored")  # noqa: B023


def test_kafka_stopped_means_direct_writes(stack: Stack) -> None:
    token = guide.token(stack.url)

    run("docker", "stop", "--time", "30", "analytics-kafka")
    try:
        answer = guide.call(stack.url, "/api/events", guide.event(f"direct-{time.time_ns()}"), token)
    finally:
        run("docker", "start", "analytics-kafka")

    assert (answer.status, answer.body["mode"]) == (201, "direct")
    eventually(lambda: _mode(stack, token) == "kafka", 90, "events go through Kafka again")


def _mode(stack: Stack, token: str) -> str:
    return str(guide.call(stack.url, "/api/events", guide.event(f"back-{time.time_ns()}"), token).body["mode"])
