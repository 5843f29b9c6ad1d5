"""A token ends with its account's being disabled or changed, on every process, and no event waits for the database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from integration.admin.commands import admin
from integration.api.conftest import ApiFactory
from integration.api.sending import new_event
from integration.switching_proxy import switching_proxy
from services import Api

from ingestor_common.passwords import hash_password
from ingestor_common.store.users import create_user
from ingestor_dev.embedded.postgres import EmbeddedPostgres

SECONDS = 60.0
PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)


@dataclass(frozen=True)
class Client:
    """An app with an account, and the tokens that it was given."""

    http: aiohttp.ClientSession
    email: str

    async def log_in(self, api: Api, password: str = PASSWORD) -> tuple[int, str]:
        """The status, and the token or what is wrong."""
        body = {"email": self.email, "password": password}
        async with self.http.post(f"{api.url}/api/auth/login", json=body) as response:
            answer = await response.json()
            return response.status, answer.get("token") or answer["error"]

    async def token(self, api: Api, password: str = PASSWORD) -> str:
        status, token = await self.log_in(api, password)
        assert status == 200, token
        return token

    async def send(self, api: Api, token: str) -> tuple[int, str]:
        """The status of an event, and which way it took or what is wrong."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.post(f"{api.url}/api/events", json=new_event(), headers=headers) as response:
            answer = await response.json()
            return response.status, answer.get("mode") or answer["error"]

    async def until_refused(self, api: Api, token: str) -> str:
        """What is said to the token once it has ended, within the minute that is promised."""
        async with asyncio.timeout(SECONDS):
            while True:
                status, words = await self.send(api, token)
                if status == 401:
                    return words
                assert status == 201, words
                await asyncio.sleep(0.1)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without a token."""
    async with aiohttp.ClientSession() as session:
        yield session


async def new_client(http: aiohttp.ClientSession, database: str) -> Client:
    email = f"{uuid4().hex}@school.example"
    connection = await asyncpg.connect(database)
    await create_user(connection, email=email, name="App", role="writer", password_hash=HASH)
    await connection.close()
    return Client(http, email)


async def run(database: str, *arguments: str, given: str = "") -> None:
    done = await asyncio.to_thread(admin, {"DATABASE_URL": database}, "user", *arguments, given=given)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
async def test_a_token_ends_on_every_process_once_its_account_is_disabled_or_gets_another_role_or_password(
    http: aiohttp.ClientSession, api: Api, direct_api: Api, api_database: str
) -> None:
    disabled, demoted, renewed, other = [await new_client(http, api_database) for _ in range(4)]
    held = {client.email: await client.token(api) for client in (disabled, demoted, renewed, other)}
    for process in (api, direct_api):
        for client in (disabled, demoted, renewed, other):
            assert (await client.send(process, held[client.email]))[0] == 201
    await run(api_database, "disable", disabled.email)
    await run(api_database, "set-role", demoted.email, "reader")
    await run(api_database, "set-password", renewed.email, "--password-stdin", given="another horse\n")

    for process in (api, direct_api):
        for client in (disabled, demoted, renewed):
            assert "log in" in await client.until_refused(process, held[client.email])
        assert (await other.send(process, held[other.email]))[0] == 201

    assert await disabled.log_in(api) == (401, "this account is disabled; ask whoever runs this service")
    assert (await disabled.log_in(api, "wrong"))[1] == "wrong email or password"
    assert (await demoted.send(api, await demoted.token(direct_api)))[0] == 403
    assert (await renewed.log_in(api))[0] == 401
    for process in (api, direct_api):
        assert (await renewed.send(process, await renewed.token(api, "another horse")))[0] == 201

    await run(api_database, "enable", disabled.email)
    assert (await disabled.send(direct_api, await disabled.token(api)))[0] == 201
    assert (await disabled.send(api, held[disabled.email]))[0] == 401


async def test_while_postgres_is_away_events_go_on_and_what_ended_before_stays_ended(
    http: aiohttp.ClientSession,
    start_api: ApiFactory,
    postgres: EmbeddedPostgres,
    migrated_database: str,
) -> None:
    port = postgres.config.port
    with switching_proxy(port) as proxy:
        behind = migrated_database.replace(f":{port}/", f":{proxy.port}/")
        api = start_api(DATABASE_URL=behind)
        api.wait_path("kafka", "up")
        disabled, other = await new_client(http, migrated_database), await new_client(http, migrated_database)
        ended, good = await disabled.token(api), await other.token(api)
        await run(migrated_database, "disable", disabled.email)
        await disabled.until_refused(api, ended)

        proxy.lead_to(1)
        proxy.cut()
        api.wait_path("direct", "down")
        assert await other.send(api, good) == (201, "kafka")
        assert (await disabled.send(api, ended))[0] == 401
        # A process that starts now cannot know who was disabled, and must not keep everybody's events out.
        late = start_api(DATABASE_URL=behind)
        late.wait_path("kafka", "up")
        assert await other.send(late, good) == (201, "kafka")
        assert await disabled.send(late, ended) == (201, "kafka")

        proxy.lead_to(port)
        await disabled.until_refused(late, ended)
        assert (await other.send(late, good))[0] == 201
