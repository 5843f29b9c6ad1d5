"""Kafka is judged by Kafka: that this process stood still, in its loop or altogether, is no outage of the broker."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable

import aiohttp
import pytest
import uvloop
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender
from integration.waiting import wait_until

from ingestor_api.breaker import Breaker, State
from ingestor_api.producer import DELIVERY_SECONDS, KafkaPath
from ingestor_common.records import now_ms
from ingestor_common.settings import KafkaSettings
from ingestor_dev.embedded.kafka import EmbeddedKafka

LONGER = DELIVERY_SECONDS + 0.7
RECORDS = 20


def stand_still_alone(seconds: float) -> None:
    """Do nothing, while other threads go on."""
    time.sleep(seconds)


def hold_the_interpreter(seconds: float) -> None:
    """Let no other thread of Python's go on, as the reading of a large document does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(60)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    sys.setswitchinterval(usual)


@pytest.mark.parametrize("stand_still", [stand_still_alone, hold_the_interpreter])
def test_a_loop_that_stood_still_gives_up_no_delivery(
    kafka: EmbeddedKafka, api_topic: str, stand_still: Callable[[float], None]
) -> None:
    async def check() -> None:
        settings = KafkaSettings(kafka_brokers=kafka.bootstrap, kafka_topic=api_topic)
        path = KafkaPath(settings, Breaker(time.monotonic, trials=1))
        await asyncio.to_thread(wait_until, "Kafka used", path.breaker.permits)
        await path.send(b"key", b"first", [], now_ms())
        deliveries = [path.send(b"key", b"%d" % number, [], now_ms()) for number in range(RECORDS)]
        stand_still(LONGER)
        receipts = await asyncio.gather(*deliveries)
        assert len({receipt.offset for receipt in receipts}) == RECORDS
        assert path.breaker.state is State.CLOSED
        await path.stop()

    # As the service does: of what is due it takes the timers first.
    uvloop.run(check())


async def test_a_process_that_stood_still_uses_kafka_at_once_afterwards(
    start_api: ApiFactory, http: aiohttp.ClientSession
) -> None:
    api = start_api()
    api.wait_path("kafka", "up")
    sender = Sender(http, api.url)
    stop = asyncio.Event()
    clients = asyncio.create_task(sender.keep_sending(stop))
    try:
        while len(sender.accepted()) < RECORDS:
            await sender.until_mode("kafka")
        os.kill(api.pid, signal.SIGSTOP)
        await asyncio.sleep(LONGER)
        os.kill(api.pid, signal.SIGCONT)
        resumed = time.monotonic()
        for _ in range(RECORDS):
            await sender.send()
    finally:
        stop.set()
        await clients
    assert {sent.status for sent in sender.sent} == {201}
    assert {sent.mode for sent in sender.sent if sent.started > resumed} == {"kafka"}
    assert api.metric("ingestor_failover_active") == 0
