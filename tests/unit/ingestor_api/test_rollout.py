"""The rollout: sessions move to Kafka by percent, event types by name."""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.rollout import Rollout
from ingestor_common.events import Event


def event(session: UUID, event_type: Literal["SESSION_STARTED", "SESSION_ENDED"] = "SESSION_STARTED") -> Event:
    return Event(
        event_id="e",
        event_type=event_type,
        timestamp=datetime(2026, 9, 1, tzinfo=UTC),
        session_id=session,
        quiz_id=session,
        classroom_id=session,
    )


@given(st.uuids())
def test_none_at_0_percent_and_all_at_100(session: UUID) -> None:
    assert not Rollout(0, frozenset()).takes(event(session))
    assert Rollout(100, frozenset()).takes(event(session))


@given(st.uuids(), st.integers(0, 100))
def test_a_session_stays_on_one_path(session: UUID, percent: int) -> None:
    rollout = Rollout(percent, frozenset())
    assert rollout.takes(event(session)) == rollout.takes(event(session, "SESSION_ENDED"))


@given(st.uuids(), st.integers(0, 100), st.integers(0, 100))
def test_raising_the_percentage_never_takes_a_session_back(session: UUID, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert Rollout(low, frozenset()).takes(event(session)) <= Rollout(high, frozenset()).takes(event(session))


def test_the_share_of_sessions_is_about_the_percentage() -> None:
    rollout = Rollout(30, frozenset())
    taken = sum(rollout.takes(event(uuid4())) for _ in range(4000))
    assert 0.25 < taken / 4000 < 0.35


@given(st.uuids())
def test_only_the_named_event_types_go_through_kafka(session: UUID) -> None:
    rollout = Rollout(100, frozenset({"SESSION_ENDED"}))
    assert rollout.takes(event(session, "SESSION_ENDED"))
    assert not rollout.takes(event(session, "SESSION_STARTED"))
