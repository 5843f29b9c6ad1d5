"""Guessing passwords is slowed down, per account and per address."""

import pytest

from ingestor_api.auth.throttle import FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, SIGNUPS_PER_ADDRESS, Throttle
from ingestor_api.errors import Problem


def refused(throttle: Throttle, account: str, address: str) -> Problem:
    with pytest.raises(Problem) as refusal:
        throttle.check(account, address)
    assert refusal.value.status_code == 429
    return refusal.value


def test_an_account_that_is_guessed_at_is_closed_for_a_while_from_every_address() -> None:
    throttle = Throttle()
    for number in range(FAILURES_PER_ACCOUNT.amount):
        throttle.check("a@school.example", f"10.0.0.{number}")
        throttle.failed("a@school.example", f"10.0.0.{number}")
    problem = refused(throttle, "a@school.example", "10.9.9.9")
    assert problem.headers is not None
    assert 1 <= int(problem.headers["Retry-After"]) <= 60
    throttle.check("b@school.example", "10.9.9.9")


def test_an_address_that_guesses_at_many_accounts_is_closed_for_a_while() -> None:
    throttle = Throttle()
    for number in range(FAILURES_PER_ADDRESS.amount):
        throttle.failed(f"user{number}@school.example", "10.0.0.1")
    refused(throttle, "somebody@school.example", "10.0.0.1")
    throttle.check("somebody@school.example", "10.0.0.2")


def test_right_passwords_cost_nothing() -> None:
    throttle = Throttle()
    for _ in range(1000):
        throttle.check("a@school.example", "10.0.0.1")


def test_sign_ups_from_one_address_are_bounded() -> None:
    throttle = Throttle()
    for _ in range(SIGNUPS_PER_ADDRESS.amount):
        throttle.signup("10.0.0.1")
    with pytest.raises(Problem):
        throttle.signup("10.0.0.1")
    throttle.signup("10.0.0.2")
