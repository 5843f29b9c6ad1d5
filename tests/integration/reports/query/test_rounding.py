"""Figures are rounded once, from their exact values: also those that lie closer to a half than decimals tell."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st
from integration.reports.query.answering import SLOW, answer
from integration.reports.told import tell_anew
from oracle.arithmetic import shown
from oracle.query import Query, answer_query
from oracle.strategies import CLASSROOMS, NOW, QUESTIONS, QUIZZES
from oracle.world import Catalog, Event, World

from ingestor_api.reports.query import rounding
from ingestor_common.store.pool import Pool

MINUTE_US = 60_000_000
MEASURES = ("participation_rate", "session_completion_rate", "engagement_score", "content_effectiveness_score")

halves = st.integers(0, 20_000).map(lambda number: Fraction(2 * number + 1, 200))


@st.composite
def ratios(draw: st.DrawFn) -> tuple[int, int]:
    """Two numbers whose ratio is a half of a hundredth, or as close to one as any of that denominator."""
    whole = draw(st.integers(1, 10**15))
    part = round(draw(halves) * whole) + draw(st.integers(-1, 1))
    return max(part, 0), whole


@given(one=ratios(), other=ratios())
@SLOW
async def test_ratios_and_means_of_two_are_rounded_from_what_they_are(
    reader: Pool, one: tuple[int, int], other: tuple[int, int]
) -> None:
    shown_as = ", ".join([rounding.rounded("a"), rounding.rounded_mean("a", "b"), rounding.rounded_mean("c", "b")])
    row = await reader.fetchrow(
        f"SELECT {shown_as} FROM (SELECT ARRAY[$1::numeric, $2], ARRAY[$3::numeric, $4], NULL::numeric[]) t (a, b, c)",
        *one,
        *other,
    )
    first, second = Fraction(*one), Fraction(*other)
    assert row is not None
    assert list(row) == [shown(first), shown((first + second) / 2), shown(second)]


@st.composite
def quotients(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Up to 40 quotients. The last is chosen so that their mean is next to a half, or any."""
    found = draw(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**4)), max_size=39))
    known = sum((Fraction(*one) for one in found), Fraction(0))
    missing = draw(halves) * (len(found) + 1) - known
    if missing >= 0 and draw(st.booleans()):
        last = missing.limit_denominator(draw(st.sampled_from((10**3, 10**9, 10**18))))
        return [*found, (last.numerator, last.denominator)]
    return [*found, (draw(st.integers(0, 10**9)), draw(st.integers(1, 10**9)))]


@given(terms=quotients(), unknown=st.integers(0, 3))
@example(terms=[(1, 3), (2, 3), (1, 200)], unknown=97)
@SLOW
async def test_a_mean_of_quotients_is_rounded_from_what_it_is(
    reader: Pool, terms: list[tuple[int, int]], unknown: int
) -> None:
    small = [(part, whole) for part, whole in terms if part < 2**62 and whole < 2**62]
    mean = sum((Fraction(*one) for one in small), Fraction(0)) / ((len(small) + unknown) or 1)
    sql = rounding.mean_of_quotients("t.part", "t.whole", of="t.id")
    value = await reader.fetchval(
        f"SELECT {rounding.rounded('mean')} FROM (SELECT {sql} AS mean FROM"
        " (SELECT 1 AS id, * FROM unnest($1::bigint[], $2::bigint[]) t (part, whole)) t) t",
        [*(part for part, _ in small), *[None] * unknown],
        [*(whole for _, whole in small), *[None] * unknown],
    )
    assert value == (shown(mean) if small or unknown else None)


def published(session: int, times_us: Sequence[int]) -> Iterator[Event]:
    for place, at in enumerate(times_us):
        yield Event(
            event_id=f"published-{place}",
            event_type="QUESTION_PUBLISHED",
            timestamp=NOW - timedelta(days=session + 1) + timedelta(microseconds=at),
            session_id=f"50000000-0000-4000-8000-{session:012x}",
            quiz_id=QUIZZES[0],
            classroom_id=CLASSROOMS[0],
            question_id=QUESTIONS[0],
        )


@st.composite
def paces(draw: st.DrawFn) -> tuple[int, int]:
    """Publications, and the microseconds they take: next to a half of a hundredth a minute."""
    publications = draw(st.integers(2, 6))
    half = Fraction(2 * draw(st.integers(0, 100 * publications - 1)) + 1, 200)
    return publications, round(publications * MINUTE_US / half) + draw(st.integers(-1, 1))


@given(sessions=st.lists(paces(), min_size=1, max_size=3))
@example(sessions=[(3, 179_104_478)])
@SLOW
async def test_a_pace_below_a_half_is_not_rounded_up(
    store: Pool, reader: Pool, sessions: list[tuple[int, int]]
) -> None:
    events = tuple(
        event
        for number, (publications, took) in enumerate(sessions)
        for event in published(number, [*range(publications - 1), took])
    )
    world = World(events, Catalog(), NOW)
    await tell_anew(store, [world.events])
    for dimensions in ((), ("session_id",)):
        query = Query(("questions_per_minute",), dimensions)
        assert await answer(reader, query) == answer_query(world, query)


ROSTERS = (101, 103, 107)


def closest_below_a_half() -> tuple[int, ...]:
    """How many of each roster answered, so that the mean of the shares is as little below a half as can be."""
    one, two, three = ROSTERS
    whole = 6 * one * two * three

    def below(some: tuple[int, ...]) -> int:
        mean = 20_000 * (some[0] * two * three + some[1] * one * three + some[2] * one * two)
        return (whole // 2 - mean) % whole

    return min(itertools.product(*map(range, ROSTERS)), key=below)


def answering(number: int, roster: Sequence[str]) -> Iterator[Event]:
    start = NOW - timedelta(days=number + 1)
    session, classroom = f"50000000-0000-4000-8000-{number:012x}", f"c0000000-0000-4000-8000-{number:012x}"
    published = Event(
        event_id="published",
        event_type="QUESTION_PUBLISHED",
        timestamp=start,
        session_id=session,
        quiz_id=QUIZZES[0],
        classroom_id=classroom,
        question_id=QUESTIONS[0],
    )
    yield published
    for place, student in enumerate(roster, 1):
        yield replace(
            published,
            event_id=f"answer-{place}",
            event_type="ANSWER_SUBMITTED",
            timestamp=start + timedelta(seconds=place),
            student_id=student,
            answer="A",
        )


async def test_shares_of_rosters_of_different_sizes_are_added_exactly(store: Pool, reader: Pool) -> None:
    answered = closest_below_a_half()
    students = [[f"a0000000-0000-4000-8000-{room:04x}{seat:08x}" for seat in range(ROSTERS[room])] for room in range(3)]
    rosters = {f"c0000000-0000-4000-8000-{room:012x}": tuple(students[room]) for room in range(3)}
    events = tuple(event for room in range(3) for event in answering(room, students[room][: answered[room]]))
    world = World(events, Catalog(rosters=rosters), NOW)
    await tell_anew(store, [world.catalog, world.events])
    query = Query(MEASURES)
    assert await answer(reader, query) == answer_query(world, query)
