"""The services in front of one address of a database, with events that keep coming."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
import asyncpg
import pytest
from integration.api.sending import Fields, Sender, Sent
from services import Api, Consumer, running_api, token

from ingestor_dev.embedded.kafka import EmbeddedKafka

RECOVERY_SECONDS = 10.0
_DRAIN_SECONDS = 40.0
_UNCOUNTED = "SELECT (SELECT count(*) FROM events) - (SELECT sum(answers) FROM session_questions)"


@dataclass(frozen=True)
class Services:
    """An API that takes half of the sessions to Kafka and the others to Postgres, and a consumer."""

    api: Api
    consumer: Consumer
    sender: Sender

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[None]:
        """Clients that send all the time."""
        stop = asyncio.Event()
        clients = asyncio.create_task(self.sender.keep_sending(stop, at_once=4))
        try:
            yield
        finally:
            stop.set()
            await clients

    async def require_recovery(self, database: str) -> float:
        """The seconds until new events are stored over either path; fails after RECOVERY_SECONDS."""
        started = time.monotonic()
        for mode in ("direct", "kafka"):
            await self._until_stored(database, mode, started)
        return time.monotonic() - started

    async def _until_stored(self, database: str, mode: str, started: float) -> None:
        while time.monotonic() < started + RECOVERY_SECONDS:
            fresh = [sent for sent in self._accepted(mode) if sent.started > started]
            if fresh and await stored_ids(database, fresh[:20]):
                return
            await asyncio.sleep(0.05)
        answers = [(sent.status, sent.body) for sent in self.sender.sent[-8:]]
        raise AssertionError(f"no new event was stored over {mode}: {answers}\n{self.consumer.output()[-3000:]}")

    async def require_reports(self) -> None:
        """Fail unless reports are served again within RECOVERY_SECONDS."""
        started = time.monotonic()
        while (answer := await self._count_answers())[0] != 200:
            assert time.monotonic() < started + RECOVERY_SECONDS, answer

    async def _count_answers(self) -> tuple[int, Fields]:
        body = {"measures": ["total_answers"]}
        async with self.sender.http.post(f"{self.api.url}/api/reports/query", json=body) as response:
            return response.status, await response.json()

    def _accepted(self, mode: str) -> list[Sent]:
        return [sent for sent in self.sender.accepted() if sent.mode == mode]

    async def require_all_stored_once(self, database: str) -> None:
        """Fail unless every event that got 201 becomes one row."""
        accepted = self.sender.accepted()
        deadline = time.monotonic() + _DRAIN_SECONDS
        while missing := {sent.event["event_id"] for sent in accepted} - set(await stored_ids(database, accepted)):
            assert time.monotonic() < deadline, f"{len(missing)} missing\n{self.consumer.output()[-3000:]}"
            await asyncio.sleep(0.1)
        # The projections count each once, whichever path its retries took. One statement: more may be stored meanwhile.
        assert await _value(database, _UNCOUNTED) == 0


async def stored_ids(database: str, sent: list[Sent]) -> list[str]:
    """The ids of those of the events that are rows, as often as they are."""
    ids = [item.event["event_id"] for item in sent]
    connection = await asyncpg.connect(database)
    try:
        return [row[0] for row in await connection.fetch("SELECT event_id FROM events WHERE event_id = ANY($1)", ids)]
    finally:
        await connection.close()


async def _value(database: str, statement: str) -> int:
    connection = await asyncpg.connect(database)
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()


class ServicesFactory(Protocol):
    """Starts both services on a database's address; both are ready on return, and gone after the test."""

    def __call__(self, database: str) -> Services: ...


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client whose requests carry a writer's token."""
    headers = {"Authorization": f"Bearer {token('READ', 'WRITE')}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session


@pytest.fixture
def start_services(
    kafka: EmbeddedKafka, topic: str, tmp_path: Path, http: aiohttp.ClientSession
) -> Iterator[ServicesFactory]:
    """Starts the services."""
    with ExitStack() as running:

        def start(database: str) -> Services:
            common: Mapping[str, str] = {
                "KAFKA_BROKERS": kafka.bootstrap,
                "KAFKA_TOPIC": topic,
                "KAFKA_GROUP": f"storing-{topic}",
                "DATABASE_URL": database,
            }
            consumer = running.enter_context(Consumer(common, tmp_path / "consumer.log"))
            of_api = {"KAFKA_ENABLED": "true", "KAFKA_ROLLOUT_PERCENT": "50", "AUTH_SIGNUP": "open"}
            api = running.enter_context(running_api({**common, **of_api}, tmp_path / "api.log"))
            api.wait_path("direct", "up")
            consumer.wait_ready()
            return Services(api, consumer, Sender(http, api.url))

        yield start
