"""How often a password may be guessed. Each process counts for itself. The reasons: docs/adr/0054-accounts.md."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final

from ingestor_api.auth.allowance import MOST_KEYS, Allowance, Allowances, key_of
from ingestor_api.auth.hashing_queue import Party
from ingestor_api.errors import throttled
from ingestor_common.addresses import fold

# One network can never use up what an account has together: it gets one guess in 12 s, all together get one in 6 s.
PER_ACCOUNT_AND_NETWORK: Final = Allowance(10, 12.0)
PER_ACCOUNT: Final = Allowance(50, 6.0)
# A network may stand for a whole school behind one router.
PER_NETWORK: Final = Allowance(100, 0.6)
SIGNUPS_PER_NETWORK: Final = Allowance(20, 3.0)

_IPV6_PREFIX: Final = 64
"""Whoever has one IPv6 address has all of these."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tries to log in. `holds_token`: with a token that the account was given before."""

    account: str
    network: str
    holds_token: bool = False


class Throttle:
    """Counts wrong passwords; who has used up an allowance waits. A right password costs nothing.

    Guesses of others never keep an account's owner out who comes from a network that has logged in to it before, or
    with an earlier token of it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._pairs = Allowances(PER_ACCOUNT_AND_NETWORK, clock)
        self._accounts = Allowances(PER_ACCOUNT, clock)
        self._networks = Allowances(PER_NETWORK, clock)
        self._signups = Allowances(SIGNUPS_PER_NETWORK, clock)
        self._known: dict[bytes, None] = {}

    def check(self, attempt: Attempt) -> None:
        """Raises Problem 429 where an allowance of this attempt is used up."""
        for words, allowances, key in self._counted(attempt):
            _require(words, allowances, key)

    def failed(self, attempt: Attempt) -> None:
        """Count a wrong password."""
        for _, allowances, key in self._counted(attempt):
            allowances.use(key)

    def succeeded(self, attempt: Attempt) -> None:
        """Remember that this network knows the account's password."""
        key = _pair(attempt)
        self._known.pop(key, None)
        self._known[key] = None
        if len(self._known) > MOST_KEYS:
            del self._known[next(iter(self._known))]

    def party(self, attempt: Attempt) -> Party:
        """As whom the attempt waits for its password to be hashed."""
        by_network, by_token = known_parties(attempt)
        if attempt.holds_token:
            return by_token
        return by_network if by_network.key in self._known else strangers(attempt.network)

    def signup(self, network: str) -> None:
        """Count a sign-up. Raises Problem 429 if it is one too many."""
        key = key_of(network)
        _require("sign-ups from this address", self._signups, key)
        self._signups.use(key)

    def _counted(self, attempt: Attempt) -> list[tuple[str, Allowances, bytes]]:
        if attempt.holds_token:
            return [("wrong passwords with this token", self._pairs, key_of(attempt.account))]
        pair = _pair(attempt)
        counted = [
            ("wrong passwords for this account from this address", self._pairs, pair),
            ("wrong passwords from this address", self._networks, key_of(attempt.network)),
        ]
        if pair not in self._known:
            counted.append(("wrong passwords for this account", self._accounts, key_of(attempt.account)))
        return counted


def attempt_of(email: str, host: str) -> Attempt:
    """The attempt to log in to the account of `email`, from `host`."""
    return Attempt(fold(email), network_of(host))


def network_of(host: str) -> str:
    """Whom a client's address stands for: itself, or for IPv6 the network that one subscriber has."""
    try:
        address = ip_address(host)
    except ValueError:
        # A socket without addresses, or what a proxy calls its client.
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address.packed, _IPV6_PREFIX), strict=False))


def strangers(network: str) -> Party:
    """All who come from this network and are not known."""
    return Party(key_of(network), is_known=False)


def known_parties(attempt: Attempt) -> tuple[Party, Party]:
    """As whom the account's owner waits: from this network once it is known, and with a token."""
    return Party(_pair(attempt), is_known=True), Party(key_of(attempt.account), is_known=True)


def _pair(attempt: Attempt) -> bytes:
    return key_of(attempt.account, attempt.network)


def _require(words: str, allowances: Allowances, key: bytes) -> None:
    wait = ceil(allowances.wait(key))
    if wait:
        raise throttled(f"too many {words}; wait {wait} s", wait)
