"""GET /api/events/{event_id} says what became of an event."""

import asyncio
import json
import time
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import pytest
from confluent_kafka import Message, Producer
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender, Sent, new_event
from services import Api, Consumer, token
from yarl import URL

from ingestor_api.lookup import MAX_OFFSET, MAX_PARTITION
from ingestor_dev.embedded.kafka import EmbeddedKafka


async def look(http: aiohttp.ClientSession, api: Api, event_id: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    url = f"{api.url}/api/events/{quote(event_id, safe='')}"
    async with http.get(url, params=parameters) as response:
        return response.status, await response.json()


async def test_an_event_is_pending_until_the_consumer_comes_and_then_stored_and_others_dead_lettered(
    http: aiohttp.ClientSession,
    start_api: ApiFactory,
    kafka: EmbeddedKafka,
    topic: str,
    migrated_database: str,
    tmp_path: Path,
) -> None:
    environment = {"KAFKA_TOPIC": topic, "KAFKA_GROUP": f"group-{topic}", "DATABASE_URL": migrated_database}
    api = start_api(**environment)
    sender = Sender(http, api.url)
    await sender.until_mode("kafka")
    sent = await sender.send(new_event(event_id="lesson 7/answer?"))
    receipt = {name: sent.body["receipt"][name] for name in ("partition", "offset")}
    place = {"session_id": sent.event["session_id"], **receipt}
    assert await look(http, api, "lesson 7/answer?", **place) == (
        200,
        {"state": "pending", "event_id": "lesson 7/answer?", **place},
    )
    garbage = produce(kafka, topic, b"no event", receipt["partition"])
    mine, session = "too early", str(uuid4())
    early = new_event(event_id=mine, session_id=session, timestamp="9999-01-01T00:00:00Z")
    named = produce(kafka, topic, json.dumps(early).encode(), receipt["partition"])
    keyed = produce(kafka, topic, b"{", receipt["partition"], key=session)
    with Consumer({**environment, "KAFKA_BROKERS": kafka.bootstrap}, tmp_path / "consumer.log") as consumer:
        consumer.wait_ready()
        consumer.wait_until("stored", lambda: consumer.metric("ingestor_events_dead_lettered_total") == 3)
    status, found = await look(http, api, "lesson 7/answer?", session_id=sent.event["session_id"])
    assert (status, found["state"]) == (200, "stored")
    assert found["timestamps"] == [sent.body["timestamp"]]
    status, found = await look(http, api, "x", session_id=str(uuid4()), partition=receipt["partition"], offset=garbage)
    assert (status, found["state"]) == (200, "dead_lettered")
    assert found["reason"]
    assert found["error"]
    # Nothing in it says whose it is.
    assert (found["event_id"], found["session_id"]) == (None, None)
    status, _ = await look(http, api, "x", session_id=str(uuid4()), **receipt)
    assert status == 404

    async def told(event_id: str, session_id: str, offset: int) -> tuple[int, str | None, str | None]:
        place = {"session_id": session_id, "partition": receipt["partition"], "offset": offset}
        status, found = await look(http, api, event_id, **place)
        return status, found.get("event_id"), found.get("session_id")

    assert await told(mine, session, named) == (200, mine, session)
    assert await told("never sent", session, named) == (404, None, None)
    assert await told(mine, str(uuid4()), named) == (404, None, None)
    # Of an unreadable value the key still tells the session.
    assert await told(mine, session, keyed) == (200, None, session)
    assert await told(mine, str(uuid4()), keyed) == (404, None, None)


async def pending(http: aiohttp.ClientSession, api: Api, sent: Sent) -> bool:
    """Whether a record that was just acknowledged is known to wait."""
    place = {name: sent.body["receipt"][name] for name in ("partition", "offset")}
    status, found = await look(http, api, sent.body["event_id"], session_id=sent.event["session_id"], **place)
    assert status == 200, found
    return bool(found["state"] == "pending")


async def test_what_no_partition_has_is_404_and_what_was_written_a_moment_ago_is_pending(
    http: aiohttp.ClientSession, start_api: ApiFactory, topic: str, migrated_database: str
) -> None:
    api = start_api(KAFKA_TOPIC=topic, DATABASE_URL=migrated_database)
    sender = Sender(http, api.url)
    await sender.until_mode("kafka")
    ends = dict.fromkeys(range(3), 0)
    for sent in [*sender.sent, *[await sender.send() for _ in range(10)]]:
        if sent.mode == "kafka":
            receipt = sent.body["receipt"]
            ends[receipt["partition"]] = max(ends[receipt["partition"]], receipt["offset"] + 1)
            assert await pending(http, api, sent)
    random = Random(14)
    beyond = [(partition, end) for partition, end in ends.items()] + [(3, 0), (MAX_PARTITION, MAX_OFFSET)]
    beyond += [(random.randrange(3), random.randrange(100, MAX_OFFSET)) for _ in range(40)]
    beyond += [(random.randrange(3, MAX_PARTITION), random.randrange(10)) for _ in range(40)]
    answers = await asyncio.gather(
        *(look(http, api, "x", session_id=str(uuid4()), partition=number, offset=offset) for number, offset in beyond)
    )
    for (number, offset), (status, error) in zip(beyond, answers, strict=True):
        assert status == 404
        assert f"no record at partition {number}, offset {offset} of topic {topic}" in error["error"]
    assert await pending(http, api, await sender.send())


async def test_while_kafka_cannot_be_asked_that_is_said_and_nobody_waits_for_long(
    http: aiohttp.ClientSession, direct_api: Api
) -> None:
    place = {"session_id": str(uuid4()), "partition": 0, "offset": 7}
    started = time.monotonic()
    answers = await asyncio.gather(*(look(http, direct_api, "x", **place) for _ in range(50)))
    assert time.monotonic() - started < 10
    for status, error in answers:
        assert status == 503
        assert "Kafka cannot be asked whether there is a record at partition 0, offset 7" in error["error"]


async def test_what_is_stored_is_told_while_kafka_cannot_be_asked(http: aiohttp.ClientSession, direct_api: Api) -> None:
    sent = await Sender(http, direct_api.url).send()
    place = {"session_id": sent.event["session_id"], "partition": 0, "offset": 7}
    status, found = await look(http, direct_api, sent.event["event_id"], **place)
    assert (status, found["state"]) == (200, "stored")


def produce(kafka: EmbeddedKafka, topic: str, value: bytes, partition: int, key: str = "key") -> int:
    """Put a record straight into the topic; its offset."""
    offsets: list[int | None] = []

    def delivered(error: object, message: Message) -> None:
        offsets.append(message.offset())

    producer = Producer(kafka.client_config())
    producer.produce(topic, value, key, partition=partition, on_delivery=delivered)
    producer.flush(20)
    assert offsets[0] is not None
    return offsets[0]


async def test_an_event_that_is_stored_nowhere_is_404(http: aiohttp.ClientSession, api: Api) -> None:
    status, error = await look(http, api, "nothing", session_id=str(uuid4()))
    assert status == 404
    assert "nothing" in error["error"]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "session_id"),
        ({"session_id": "x"}, "session_id"),
        ({"session_id": str(uuid4()), "partition": 1}, "partition"),
        ({"session_id": str(uuid4()), "partition": -1, "offset": 0}, "partition"),
        ({"session_id": str(uuid4()), "partition": 0, "offset": 2**63}, "offset"),
        ({"session_id": str(uuid4()), "partition": "a", "offset": 0}, "partition"),
        ({"session_id": str(uuid4()), "partition": "1_0", "offset": 0}, "partition"),
        ({"session_id": str(uuid4()), "partition": 0, "offset": "+5"}, "offset"),
        ({"session_id": str(uuid4()), "partition": 0, "offset": "5.0"}, "offset"),
    ],
)
async def test_bad_parameters_are_400_with_the_field_named(
    http: aiohttp.ClientSession, api: Api, parameters: dict[str, Any], field: str
) -> None:
    status, error = await look(http, api, "x", **parameters)
    assert status == 400
    assert [detail["field"] for detail in error["details"]] == [field]


@pytest.mark.parametrize("event_id", ["a\x00b", "a\tb", "a\n", "a\n\n", "\n", "a\r\n", "a\u2028", "x" * 129])
async def test_what_can_be_no_event_id_is_400(http: aiohttp.ClientSession, api: Api, event_id: str) -> None:
    assert (await look(http, api, event_id, session_id=str(uuid4())))[0] == 400


async def test_bytes_that_are_no_text_are_not_the_event_that_they_would_be_shown_as(
    http: aiohttp.ClientSession, direct_api: Api
) -> None:
    sent = await Sender(http, direct_api.url).send(new_event(event_id="\ufffd"))
    place = f"session_id={sent.event['session_id']}"
    for path, status in (("%EF%BF%BD", 200), ("%ff", 400), ("a%c3", 400), ("%ed%a0%80", 400)):
        url = URL(f"{direct_api.url}/api/events/{path}?{place}", encoded=True)
        async with http.get(url) as response:
            assert response.status == status


async def test_readers_may_look_and_nobody_may_without_a_token(http: aiohttp.ClientSession, api: Api) -> None:
    http.headers["Authorization"] = f"Bearer {token('READ')}"
    assert (await look(http, api, "x", session_id=str(uuid4())))[0] == 404
    del http.headers["Authorization"]
    assert (await look(http, api, "x", session_id=str(uuid4())))[0] == 401
    http.headers["Authorization"] = f"Bearer {token()}"
    assert (await look(http, api, "x", session_id=str(uuid4())))[0] == 403
