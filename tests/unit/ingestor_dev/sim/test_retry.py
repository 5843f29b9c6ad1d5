import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_dev.sim.retry import Decision, Next, decide


@pytest.mark.parametrize("status", [429, 503])
def test_a_throttled_request_comes_again_when_the_api_says(status: int) -> None:
    assert decide(status, 7.0, attempt=0) == Decision(Next.AGAIN, 7.0)


@pytest.mark.parametrize("status", [None, 408, 429, 500, 502, 503, 504])
def test_without_an_answer_or_with_a_passing_trouble_the_delay_doubles_up_to_five_seconds(
    status: int | None,
) -> None:
    decisions = [decide(status, None, attempt) for attempt in range(9)]
    assert {decision.next for decision in decisions} == {Next.AGAIN}
    assert [decision.delay for decision in decisions] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


@given(st.integers(0, 10**9), st.sampled_from([None, 429, 503]))
def test_no_number_of_attempts_is_the_last(attempt: int, status: int | None) -> None:
    assert decide(status, None, attempt).next is Next.AGAIN


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_ends_it(status: int) -> None:
    assert decide(status, None, attempt=3).next is Next.DONE


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_a_request_that_is_at_fault_is_not_sent_again(status: int) -> None:
    assert decide(status, None, attempt=0).next is Next.REFUSED


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_missing_scope_or_route_ends_the_run(status: int) -> None:
    assert decide(status, None, attempt=0).next is Next.HOPELESS


def test_an_expired_token_is_renewed_at_once_but_not_in_a_tight_loop() -> None:
    assert decide(401, None, attempt=0) == Decision(Next.LOGIN, 0.0)
    assert decide(401, None, attempt=3) == Decision(Next.LOGIN, 0.4)
