"""Guessing passwords is slowed down, and guesses of others do not keep an account's owner out."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spelling import spellings

from ingestor_api.auth import throttle as throttle_module
from ingestor_api.auth.throttle import (
    PER_ACCOUNT,
    PER_ACCOUNT_AND_NETWORK,
    PER_NETWORK,
    SIGNUPS_PER_NETWORK,
    Attempt,
    Throttle,
    attempt_of,
    network_of,
)
from ingestor_api.errors import Problem

EMAIL = "ilse@school.example"
HOME = "10.1.1.1"


class Clock:
    """Stands still until a test turns it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def refused(throttle: Throttle, attempt: Attempt) -> int:
    """The seconds after which the attempt may be made again."""
    with pytest.raises(Problem) as refusal:
        throttle.check(attempt)
    assert refusal.value.status_code == 429
    assert refusal.value.headers is not None
    return int(refusal.value.headers["Retry-After"])


def hosts() -> Iterator[str]:
    """Addresses of many clients."""
    return (f"10.9.{number // 250}.{number % 250}" for number in range(60_000))


def guess(throttle: Throttle, attempt: Attempt) -> bool:
    """Whether a wrong password was looked at."""
    try:
        throttle.check(attempt)
    except Problem:
        return False
    throttle.failed(attempt)
    return True


def test_ten_guesses_from_one_address_close_the_account_for_that_address_alone() -> None:
    throttle = Throttle()
    guesses = [guess(throttle, attempt_of(EMAIL, "10.0.0.1")) for _ in range(30)]
    assert guesses.count(True) == PER_ACCOUNT_AND_NETWORK.burst == 10
    assert 1 <= refused(throttle, attempt_of(EMAIL, "10.0.0.1")) <= PER_ACCOUNT_AND_NETWORK.seconds
    throttle.check(attempt_of(EMAIL, HOME))
    throttle.check(attempt_of("karl@school.example", "10.0.0.1"))


@settings(max_examples=20)
@given(st.lists(spellings(EMAIL), min_size=11, max_size=20))
def test_another_spelling_is_the_same_account(emails: list[str]) -> None:
    throttle = Throttle()
    guesses = [guess(throttle, attempt_of(email, "10.0.0.1")) for email in emails]
    assert guesses.count(True) == PER_ACCOUNT_AND_NETWORK.burst


def test_one_address_however_long_it_guesses_never_uses_up_what_all_have_together() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(3600):
        guess(throttle, attempt_of(EMAIL, "10.0.0.1"))
        throttle.check(attempt_of(EMAIL, HOME))
        clock.now += 1


def test_many_addresses_together_are_slowed_down_too() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    strangers = hosts()
    at_once = [guess(throttle, attempt_of(EMAIL, next(strangers))) for _ in range(1000)]
    assert at_once.count(True) == PER_ACCOUNT.burst
    looked_at = 0
    for _ in range(600):
        clock.now += 1
        looked_at += guess(throttle, attempt_of(EMAIL, next(strangers)))
    assert looked_at == 600 / PER_ACCOUNT.seconds


def test_whoever_logged_in_from_an_address_before_gets_in_from_there_whatever_others_guess() -> None:
    throttle = Throttle()
    throttle.succeeded(attempt_of(EMAIL, HOME))
    for host in hosts():
        if not guess(throttle, attempt_of(EMAIL, host)):
            break
    refused(throttle, attempt_of(EMAIL, "10.7.7.7"))
    throttle.check(attempt_of(EMAIL, HOME))


def test_whoever_holds_a_token_of_the_account_gets_in_beside_guesses_from_the_very_same_address() -> None:
    throttle = Throttle()
    while guess(throttle, attempt_of(EMAIL, HOME)):
        pass
    number = 0
    while guess(throttle, attempt_of(f"user{number}@school.example", HOME)):
        number += 1
    owner = Attempt(EMAIL, HOME, holds_token=True)
    throttle.check(owner)
    assert [guess(throttle, owner) for _ in range(20)].count(True) == PER_ACCOUNT_AND_NETWORK.burst


def test_an_address_that_guesses_at_many_accounts_is_closed_for_a_while() -> None:
    throttle = Throttle(Clock())
    guesses = [guess(throttle, attempt_of(f"user{number}@school.example", "10.0.0.1")) for number in range(200)]
    assert guesses.count(True) == PER_NETWORK.burst
    throttle.check(attempt_of(EMAIL, HOME))


def test_an_allowance_fills_up_again() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    attempt = attempt_of(EMAIL, HOME)
    while guess(throttle, attempt):
        pass
    clock.now += refused(throttle, attempt)
    throttle.check(attempt)


def test_right_passwords_cost_nothing() -> None:
    throttle = Throttle()
    for _ in range(1000):
        throttle.check(attempt_of(EMAIL, HOME))
        throttle.succeeded(attempt_of(EMAIL, HOME))


def test_sign_ups_from_one_address_are_bounded() -> None:
    throttle = Throttle(Clock())
    for _ in range(SIGNUPS_PER_NETWORK.burst):
        throttle.signup("10.0.0.1")
    with pytest.raises(Problem):
        throttle.signup("10.0.0.1")
    throttle.signup("10.0.0.2")


def test_only_so_many_known_networks_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle_module, "MOST_KEYS", 2)
    throttle = Throttle(Clock())
    for host in ("10.1.1.1", "10.1.1.2", "10.1.1.3"):
        throttle.succeeded(attempt_of(EMAIL, host))
    for host in hosts():
        if not guess(throttle, attempt_of(EMAIL, host)):
            break
    refused(throttle, attempt_of(EMAIL, "10.1.1.1"))
    throttle.check(attempt_of(EMAIL, "10.1.1.2"))
    throttle.check(attempt_of(EMAIL, "10.1.1.3"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("10.0.0.1", "::ffff:10.0.0.1"),
        ("2001:DB8:0::1", "2001:db8::2"),
        ("fe80::1%eth0", "fe80::2%eth1"),
    ],
)
def test_addresses_of_one_subscriber_are_one_network(one: str, other: str) -> None:
    assert network_of(one) == network_of(other)


@given(st.ip_addresses(v=4) | st.just("testclient") | st.just(""), st.ip_addresses(v=4))
def test_other_hosts_are_networks_of_their_own(one: object, other: object) -> None:
    assert (network_of(str(one)) == network_of(str(other))) == (one == other)


def test_networks_of_different_subscribers_differ() -> None:
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
