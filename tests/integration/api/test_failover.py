"""Either store may go down, also at start; nothing that was answered 201 is missing afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil
import pytest
from confluent_kafka.admin import AdminClient
from integration.api.sending import Sender, require_durable
from integration.stack import make_topic, running_kafka, running_postgres
from services import Api, running_api

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.ports import free_port
from ingestor_dev.embedded.postgres import EmbeddedPostgres

TOPIC = "quiz-events"


@dataclass(frozen=True)
class Stores:
    """A Kafka and a Postgres that the tests here kill."""

    kafka: EmbeddedKafka
    postgres: EmbeddedPostgres

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KAFKA_ENABLED": "true",
            "KAFKA_BROKERS": self.kafka.bootstrap,
            "DATABASE_URL": self.postgres.dsn(),
        }

    def create_topic(self) -> None:
        make_topic(AdminClient(self.kafka.client_config()), TOPIC, 3)

    async def require_durable(self, sender: Sender) -> None:
        await require_durable(sender.sent, self.kafka, TOPIC, self.postgres.dsn())


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    with running_kafka() as kafka, running_postgres() as postgres:
        stores = Stores(kafka, postgres)
        stores.create_topic()
        asyncio.run(migrate(postgres.dsn()))
        yield stores


@pytest.fixture
def api(stores: Stores, tmp_path: Path) -> Iterator[Api]:
    with running_api(stores.environment, tmp_path / "log") as api:
        api.wait_path("kafka", "up")
        api.wait_path("direct", "up")
        yield api


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that is there and does nothing."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    for member in family:
        member.suspend()
    try:
        yield
    finally:
        for member in reversed(family):
            member.resume()


@asynccontextmanager
async def sending(sender: Sender) -> AsyncIterator[None]:
    """Clients that send all the time."""
    stop = asyncio.Event()
    clients = asyncio.create_task(sender.keep_sending(stop))
    try:
        yield
    finally:
        stop.set()
        await clients


@pytest.mark.long
async def test_kafka_killed_while_clients_send_fails_no_request_and_is_used_again_once_it_is_back(
    sender: Sender, api: Api, stores: Stores
) -> None:
    async with sending(sender):
        await sender.until_mode("kafka")
        killed = time.monotonic()
        await asyncio.to_thread(stores.kafka.kill)
        await sender.until_mode("direct")
        assert api.metric("ingestor_failover_active") == 1
        await asyncio.sleep(max(0.0, killed + 4.0 - time.monotonic()))
        await asyncio.to_thread(stores.kafka.restart)
        await sender.until_mode("kafka")
    assert {sent.status for sent in sender.sent} == {201}
    assert {sent.mode for sent in sender.sent} == {"kafka", "direct"}
    after_3_seconds = [sent.seconds for sent in sender.sent if killed + 3.0 < sent.started < killed + 4.0]
    assert after_3_seconds
    assert max(after_3_seconds) < 1.0
    assert api.metric("ingestor_failover_active") == 0
    await stores.require_durable(sender)


async def test_a_kafka_that_hangs_delays_no_request_beyond_its_deadline_and_soon_none_at_all(
    sender: Sender, api: Api, stores: Stores
) -> None:
    async with sending(sender):
        await sender.until_mode("kafka")
        with stopped(stores.kafka.pid):
            hung = time.monotonic()
            await sender.until_mode("direct")
            await asyncio.sleep(max(0.0, hung + 4.5 - time.monotonic()))
        await sender.until_mode("kafka")
    assert {sent.status for sent in sender.sent} == {201}
    assert max(sent.seconds for sent in sender.sent) < 2.0 + 1.5
    after_3_seconds = [sent.seconds for sent in sender.sent if hung + 3.0 < sent.started < hung + 4.5]
    assert sorted(after_3_seconds)[len(after_3_seconds) * 9 // 10] < 1.0
    await stores.require_durable(sender)


async def test_postgres_stopped_kafka_mode_goes_on_accepting(sender: Sender, api: Api, stores: Stores) -> None:
    await sender.until_mode("kafka")
    await asyncio.to_thread(stores.postgres.kill)
    try:
        for _ in range(50):
            sent = await sender.send()
            assert (sent.status, sent.mode) == (201, "kafka")
        # It is ready, and says all the same what the operator wants to know.
        api.wait_until("told of the database", lambda: api.database().startswith("down: "))
        assert api.is_ready()
    finally:
        await asyncio.to_thread(stores.postgres.restart)
    await stores.require_durable(sender)
    api.wait_until("told of the database", lambda: api.database() == "up")


async def test_both_stopped_503_with_retry_after_and_services_started_meanwhile_become_ready_with_the_stores(
    sender: Sender, http: aiohttp.ClientSession, api: Api, stores: Stores, tmp_path: Path
) -> None:
    await sender.until_mode("kafka")
    await asyncio.to_thread(stores.kafka.kill)
    await asyncio.to_thread(stores.postgres.kill)
    with Api(stores.environment, tmp_path / "late-log") as late:
        late_sender = Sender(http, late.url)
        late.wait_listening()
        assert not late.is_ready()
        for refused in (await sender.send(), await late_sender.send()):
            assert refused.status == 503
            assert int(refused.headers["Retry-After"]) >= 1
            assert refused.body["request_id"] == refused.headers["X-Request-ID"]
        async with http.post(f"{api.url}/api/auth/login", json={"email": "a@b.example", "password": "x"}) as login:
            assert (login.status, login.headers["Retry-After"]) == (503, "1")
        await asyncio.to_thread(stores.postgres.restart)
        late.wait_ready()
        await late_sender.until_mode("direct")
        await sender.until_mode("direct")
        await asyncio.to_thread(stores.kafka.restart)
        await late_sender.until_mode("kafka")
        await sender.until_mode("kafka")
        await stores.require_durable(sender)
        await stores.require_durable(late_sender)


async def test_kafka_only_503_with_retry_after_while_kafka_is_down(
    http: aiohttp.ClientSession, stores: Stores, tmp_path: Path
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with Api(stores.environment | {"KAFKA_FALLBACK": "none", "KAFKA_BROKERS": nowhere}, tmp_path / "log") as api:
        api.wait_listening()
        assert api.paths()["direct"] == "not used"
        assert not api.is_ready()
        refused = await Sender(http, api.url).send()
        status, _ = await Sender(http, api.url).send_batch([refused.event])
        assert (refused.status, status) == (503, 503)
        assert int(refused.headers["Retry-After"]) >= 1
