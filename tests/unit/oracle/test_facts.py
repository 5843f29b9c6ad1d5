"""The terms of the reports on cases made for them."""

from dataclasses import replace
from datetime import timedelta

from oracle.facts import Response, facts_of
from oracle.small_session import (
    ADA,
    BEN,
    CATALOG,
    CLASSROOM,
    EVENTS,
    NOW,
    Q1,
    SESSION,
    STARTED,
    event,
)
from oracle.world import Catalog, CatalogQuestion, Event, World

OTHER_CLASSROOM = "c0000000-0000-4000-8000-000000000002"


def published(event_id: str, after_sec: float, timer_sec: int | None = None, key: str | None = None) -> Event:
    at = STARTED + timedelta(seconds=after_sec)
    return event(event_id, "QUESTION_PUBLISHED", at, question_id=Q1, timer_sec=timer_sec, correct_answer=key)


def answered(event_id: str, after_sec: float, answer: str = "B", ms: int | None = None) -> Event:
    at = STARTED + timedelta(seconds=after_sec)
    return event(
        event_id,
        "ANSWER_SUBMITTED",
        at,
        question_id=Q1,
        student_id=ADA,
        answer=answer,
        response_time_ms=ms,
    )


def responses(*events: Event, catalog: Catalog | None = None) -> tuple[Response, ...]:
    return facts_of(World(events, catalog or Catalog(), NOW)).sessions[SESSION].responses


def test_an_answer_at_the_end_of_the_timer_is_in_time_and_a_microsecond_later_is_late() -> None:
    in_time, late = responses(published("p", 0), answered("a1", 60), answered("a2", 60.000001))
    assert (in_time.late, late.late) == (False, True)


def test_a_publication_again_opens_the_question_again() -> None:
    late, again = responses(
        published("p1", 0, timer_sec=10), published("p2", 30, timer_sec=10), answered("a1", 29), answered("a2", 35)
    )
    assert (late.late, late.response_ms) == (True, 29_000)
    assert (again.late, again.response_ms) == (False, 5_000)


def test_an_answer_before_any_publication_is_not_late_and_only_its_own_clock_tells_its_time() -> None:
    unknown, known = responses(published("p", 10), answered("a1", 5), answered("a2", 6, ms=700))
    assert (unknown.publication, unknown.late, unknown.response_ms) == (None, False, None)
    assert known.response_ms == 700


def test_of_two_publications_at_one_time_the_higher_event_id_counts() -> None:
    (answer,) = responses(published("p10", 0, timer_sec=5), published("p9", 0, timer_sec=90), answered("a", 60))
    assert not answer.late


def test_parts_of_a_millisecond_are_cut_off() -> None:
    (answer,) = responses(published("p", 0), answered("a", 4.9999))
    assert answer.response_ms == 4_999


def test_a_response_time_is_unknown_beyond_a_day_unless_it_was_sent() -> None:
    at_most, longer, sent = responses(
        published("p", 0), answered("a1", 86_400), answered("a2", 86_400.000001), answered("a3", 90_000, ms=700)
    )
    assert (at_most.response_ms, longer.response_ms, sent.response_ms) == (86_400_000, None, 700)


def test_a_skip_may_be_late_but_has_no_response_time_and_no_grade() -> None:
    (skip,) = responses(published("p", 0, key="B"), answered("a", 61, answer="", ms=61_000))
    assert (skip.skipped, skip.late, skip.response_ms, skip.correct) == (True, True, None, None)


def test_a_key_in_the_catalog_outranks_the_publications_and_regrades() -> None:
    events = (published("p1", 0, key="A"), published("p2", 5, key="B"), answered("a", 10, "B"))
    assert [answer.correct for answer in responses(*events)] == [True]
    catalog = Catalog(questions={Q1: CatalogQuestion("quiz", "C")})
    assert [answer.correct for answer in responses(*events, catalog=catalog)] == [False]


def test_the_earliest_event_says_where_a_session_belongs_whatever_comes_later() -> None:
    stray = replace(EVENTS[3], event_id="stray", classroom_id=OTHER_CLASSROOM, teacher_id=None)
    facts = facts_of(World((stray, *EVENTS), CATALOG, NOW))
    assert facts.sessions[SESSION].classroom_id == CLASSROOM
    assert len(facts.sessions_of_classroom(OTHER_CLASSROOM)) == 0


def test_a_session_without_start_and_end_lasts_from_its_first_to_its_last_event() -> None:
    session = facts_of(World(EVENTS[1:-1], CATALOG, NOW)).sessions[SESSION]
    assert session.started_at == STARTED + timedelta(seconds=60)
    assert session.duration == timedelta(seconds=280)


def test_a_session_that_ended_before_it_started_lasted_no_time() -> None:
    end = event("end", "SESSION_ENDED", STARTED - timedelta(seconds=5))
    session = facts_of(World((EVENTS[0], end), CATALOG, NOW)).sessions[SESSION]
    assert (session.started_at, session.duration) == (STARTED, timedelta(0))


def test_one_event_delivered_twice_is_one_event_and_another_time_makes_another() -> None:
    first, second = answered("a", 10), answered("a", 11)
    assert len(responses(first, first, second)) == 2


def test_without_a_roster_the_class_is_everyone_who_ever_answered() -> None:
    skip = replace(answered("a2", 12, answer=""), student_id=BEN)
    world = World((answered("a1", 10), skip), Catalog(rosters={CLASSROOM: ()}), NOW)
    assert facts_of(world).roster(CLASSROOM) == {ADA}
