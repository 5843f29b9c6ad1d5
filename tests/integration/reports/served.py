"""The reports behind a real server, with the service's own tokens, errors and runtime."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import uvicorn
from fastapi import FastAPI
from oracle.small_session import NOW
from pydantic import SecretStr

from ingestor_api import failures
from ingestor_api.auth.tokens import OwnTokens
from ingestor_api.context import RequestContext
from ingestor_api.reports.access import reports_pool_of, time_now
from ingestor_api.reports.routes import router
from ingestor_api.runtime import open_runtime
from ingestor_api.settings import ApiSettings
from ingestor_common.store.pool import Pool
from ingestor_common.store.users import Role, User

_SECRET = "a secret of thirty-two bytes, or more"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Reports:
    """A client of the reports, with a reader's token unless told otherwise."""

    address: str
    http: aiohttp.ClientSession

    async def get(
        self, name: str, parameters: Mapping[str, str | int] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        sent = token("reader") | (headers or {})
        url = f"{self.address}/api/reports/{name}"
        async with self.http.get(url, params=parameters, headers=sent) as response:
            content = await response.read()
            body = await response.json() if content else None
            found = {key.lower(): value for key, value in response.headers.items()}
            return Answer(response.status, found, body)


def token(role: Role) -> dict[str, str]:
    """The header of a user with this role."""
    user = User(user_id="u", email="u@example.com", name="U", role=role, password_hash="")
    return {"Authorization": f"Bearer {OwnTokens(_SECRET).issue(user).token}"}


@asynccontextmanager
async def serving(dsn: str, pool: Pool) -> AsyncIterator[Reports]:
    """A server whose reports read through `pool`, at the time of the small session."""
    settings = ApiSettings(database_url=SecretStr(dsn), jwt_secret=SecretStr(_SECRET))
    async with open_runtime(settings) as runtime:
        app = FastAPI()
        app.include_router(router)
        failures.install(app)
        app.state.runtime = runtime
        app.dependency_overrides = {time_now: lambda: NOW, reports_pool_of: lambda: pool}
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(RequestContext(app), lifespan="off", log_config=None, ws="none")
            server = uvicorn.Server(config)
            running = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                async with aiohttp.ClientSession() as http:
                    yield Reports(f"http://127.0.0.1:{listener.getsockname()[1]}", http)
            finally:
                server.should_exit = True
                await running
