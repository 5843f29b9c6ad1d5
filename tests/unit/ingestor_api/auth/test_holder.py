"""Who logs in again with an earlier token of the account is told apart from those who guess."""

import time
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services import SECRET, token

from ingestor_api.auth.tokens import OwnTokens

DAY = 24 * 3600


@pytest.mark.parametrize("ended_days_ago", [-1, 0, 1, 29])
def test_a_token_tells_its_holder_for_a_month_after_its_end(ended_days_ago: int) -> None:
    user = str(uuid4())
    held = token("READ", user_id=user, exp=int(time.time()) - ended_days_ago * DAY)
    assert OwnTokens(SECRET).holder_of(held) == user


def test_a_token_that_ended_long_ago_tells_nothing() -> None:
    assert OwnTokens(SECRET).holder_of(token("READ", exp=int(time.time()) - 31 * DAY)) is None


def test_a_token_of_another_secret_tells_nothing() -> None:
    assert OwnTokens(SECRET).holder_of(token("READ", secret=SECRET + "!")) is None


@given(st.text())
def test_what_is_no_token_tells_nothing(text: str) -> None:
    assert OwnTokens(SECRET).holder_of(text) is None
