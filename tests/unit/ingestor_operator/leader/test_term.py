"""Who leads is judged by how long the Lease has been seen unchanged."""

from datetime import UTC, datetime

from ingestor_operator.leader.term import Terms, look, may_take, released, taken

TERMS = Terms(duration=15)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EMPTY = {"metadata": {"name": "lease"}}


def test_a_free_lease_may_be_taken() -> None:
    assert may_take(look(None, EMPTY, 0), "me", 0)
    assert may_take(look(None, released(taken(EMPTY, "other", TERMS, NOW)), 0), "me", 0)


def test_a_held_lease_may_be_taken_only_after_it_was_not_renewed_for_its_duration() -> None:
    lease = taken(EMPTY, "other", TERMS, NOW)
    seen = look(None, lease, 100)
    assert not may_take(seen, "me", 114)
    assert may_take(seen, "me", 115)


def test_a_renewal_starts_the_wait_anew() -> None:
    seen = look(None, taken(EMPTY, "other", TERMS, NOW), 100)
    renewed = taken(EMPTY, "other", TERMS, NOW.replace(second=5))
    assert not may_take(look(seen, renewed, 110), "me", 120)
    assert look(look(None, renewed, 110), renewed, 118).since == 110


def test_the_holder_may_renew_and_keeps_its_time_of_acquisition() -> None:
    lease = taken(EMPTY, "me", TERMS, NOW)
    again = taken(lease, "me", TERMS, NOW.replace(second=9))
    assert may_take(look(None, lease, 0), "me", 0)
    assert again["spec"]["acquireTime"] == lease["spec"]["acquireTime"]
    assert again["spec"]["renewTime"] != lease["spec"]["renewTime"]


def test_a_change_of_hands_is_counted() -> None:
    lease = taken(taken(EMPTY, "one", TERMS, NOW), "other", TERMS, NOW)
    assert (lease["spec"]["holderIdentity"], lease["spec"]["leaseTransitions"]) == ("other", 1)
