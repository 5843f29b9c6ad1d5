"""Sign-up and login: passwords are hashed away from the event loop, one at a time."""

import asyncio
from dataclasses import replace

from ingestor_api.auth.hashing_queue import HashingQueue
from ingestor_api.auth.throttle import Throttle, attempt_of, known_parties, network_of, strangers
from ingestor_api.connections import acquire
from ingestor_api.errors import Problem, unauthenticated
from ingestor_common.passwords import hash_password, verify_password
from ingestor_common.store.pool import Pool
from ingestor_common.store.users import EmailTaken, Role, User, create_user, find_user


class Accounts:
    """Users in the database. One password is hashed at a time, which takes 64 MiB while it lasts, and up to four
    processors: a flood of guesses takes no more than its share, and no turn of an owner."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._throttle = Throttle()
        self._hashing = HashingQueue()
        # Verified against where there is no account, so that both cases cost the same.
        self._nobodys_hash = hash_password("nobody's password")

    async def sign_up(self, *, name: str, email: str, password: str, role: Role, host: str) -> User:
        """Make an account. Raises Problem 409 if there is one, 429 for too many."""
        network = network_of(host)
        self._throttle.signup(network)
        async with self._hashing.turn(strangers(network)):
            password_hash = await asyncio.to_thread(hash_password, password)
        async with acquire(self._pool) as connection:
            try:
                return await create_user(connection, email=email, name=name, role=role, password_hash=password_hash)
            except EmailTaken:
                raise Problem(409, "an account with this email exists; log in", reason="conflict") from None

    async def log_in(self, *, email: str, password: str, host: str, holder: str | None) -> User:
        """The user. `host` is the client's address, `holder` the user whose token it has from before.

        Raises Problem 401 for any wrong pair, after the same work whether the account exists or not.
        """
        attempt = attempt_of(email, host)
        if holder is None:
            # Before the database is asked, which a flood of strangers has no business with. Whose token this is, only
            # the account can tell.
            self._throttle.check(attempt)
        async with acquire(self._pool) as connection:
            user = await find_user(connection, email)
        attempt = replace(attempt, holds_token=user is not None and user.user_id == holder)
        self._throttle.check(attempt)
        party = self._throttle.party(attempt)
        async with self._hashing.turn(party):
            # Again inside the turn, so that guesses sent all at once are counted one after the other.
            self._throttle.check(attempt)
            password_hash = self._nobodys_hash if user is None else user.password_hash
            right = await asyncio.to_thread(verify_password, password_hash, password)
            if user is None or not right:
                self._throttle.failed(attempt)
                raise unauthenticated("wrong email or password")
        if user.is_disabled:
            raise unauthenticated("this account is disabled; ask whoever runs this service")
        self._throttle.succeeded(attempt)
        # It had its turn as both, however it came: else accounts and networks made in store would all go before an
        # owner.
        for known in known_parties(attempt):
            self._hashing.count(known)
        return user
