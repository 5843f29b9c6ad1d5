"""The token that a run's requests carry, and how to get another."""

import asyncio
from dataclasses import dataclass

import msgspec

from ingestor_dev.sim.connection import Reply
from ingestor_dev.sim.endpoint import Endpoint
from ingestor_dev.sim.errors import SimulatorError


@dataclass(frozen=True)
class Credentials:
    email: str
    password: str


class _Login(msgspec.Struct):
    token: str


class Access:
    """Either a token that was given, or credentials to log in with whenever there is none.

    `lock` is held while logging in, so that all senders together log in once.
    """

    def __init__(self, given: str | Credentials) -> None:
        self._given = given
        self.token = given if isinstance(given, str) else None
        self.lock = asyncio.Lock()

    def forget(self, token: str) -> None:
        """Drop a token the API does not take any more; SimulatorError where there is no way to another."""
        if isinstance(self._given, str):
            raise SimulatorError("the API does not accept the token; give another, or --email and --password")
        if self.token == token:
            self.token = None

    def login_request(self, endpoint: Endpoint) -> bytes:
        return endpoint.request("POST", "/auth/login", msgspec.json.encode(self._given), None)

    def take(self, reply: Reply) -> None:
        """Keep the token of a login's reply; SimulatorError when the API did not let us in."""
        if reply.status != 200:
            raise SimulatorError(
                f"the API refused the login ({reply.status}: {reply.body.decode(errors='replace')}); check --email "
                "and --password, or make the user with `ingestor-admin create-user`"
            )
        self.token = msgspec.json.decode(reply.body, type=_Login).token
