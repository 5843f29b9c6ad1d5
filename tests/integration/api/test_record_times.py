"""The record of an accepted event is dated with the moment that admitted it."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import aiohttp
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender, new_event, records_of

from ingestor_common.events import Event
from ingestor_consumer.decoding import decode
from ingestor_dev.embedded.kafka import EmbeddedKafka

EVENTS = 500


async def test_no_event_that_was_accepted_a_day_ahead_is_too_early_by_its_record(
    http: aiohttp.ClientSession, start_api: ApiFactory, kafka: EmbeddedKafka, topic: str, migrated_database: str
) -> None:
    api = start_api(KAFKA_TOPIC=topic, DATABASE_URL=migrated_database)
    sender = Sender(http, api.url)
    await sender.until_mode("kafka")
    random = Random(24)
    for _ in range(EVENTS):
        # About the bound, as the API will see it a moment from now.
        ahead = timedelta(hours=24, microseconds=random.randrange(-500, 1_500))
        await sender.send(new_event(timestamp=(datetime.now(UTC) + ahead).isoformat()))
    accepted = sum(sent.mode == "kafka" for sent in sender.accepted())
    assert accepted > EVENTS / 10
    records = await asyncio.to_thread(records_of, kafka, topic)
    assert len(records) == accepted
    assert [
        fault for record in records if not isinstance(fault := decode(record.value, record.timestamp_ms), Event)
    ] == []
