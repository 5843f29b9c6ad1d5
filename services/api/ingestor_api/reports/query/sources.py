"""Where the answers of a query are read from: a projection, in which they are counted already, or the events.

A projection's row is about one question, or one student, of one session, at any time. So it tells of a time only where
the whole session lies in it: on one day, in one month, in the time range. Of the few other sessions (over midnight, or
over the ends of the range) the answers are read one by one, and counted together with the rows of the rest: the source
is split. See docs/adr/0057-queries-from-projections.md.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ingestor_api.reports.query.parts import between
from ingestor_api.reports.query.vocabulary import (
    BOTH,
    OWNERS,
    Aggregate,
    Dimension,
    Grain,
    Owner,
    Part,
    Projection,
)
from ingestor_api.reports.query.wanted import Wanted

OF_RESPONSES: Final = frozenset({Grain.ANSWER, Grain.SKIP})
NONE: Final = frozenset[Projection]()

_KEYS: Final = {Projection.QUESTIONS: "question_id", Projection.STUDENTS: "student_id"}

ByGrain = Mapping[Grain, Mapping[str, Aggregate]]


@dataclass(frozen=True, slots=True)
class Source:
    """`projection` is None where single answers are read; `is_needed` where any answers are."""

    projection: Projection | None
    is_needed: bool
    is_split: bool = False

    def tells_apart(self, dimensions: Collection[Dimension]) -> bool:
        """Whether no two of its rows of a session are in the same group of `dimensions`."""
        if self.projection is None or self.is_split:
            return False
        return any(dimension.name == _KEYS[self.projection] for dimension in dimensions)

    def is_of_one_session(self, dimensions: Collection[Dimension]) -> bool:
        """Whether the rows of a group of `dimensions` are of one session, so that no two are about the same student."""
        return not self.is_split and any(dimension.name == "session_id" for dimension in dimensions)


EVENTS: Final = Source(projection=None, is_needed=True)


def source_of(wanted: Wanted, by_grain: ByGrain) -> Source:
    """The cheapest source that tells all that is asked; one for all grains."""
    asking = {grain: of_grain for grain, of_grain in by_grain.items() if _asks_answers(grain, wanted, of_grain)}
    if not asking:
        return Source(projection=None, is_needed=False)
    able = BOTH.intersection(*(_able(grain, wanted, of_grain) for grain, of_grain in asking.items()))
    if not able:
        return EVENTS
    projection = Projection.QUESTIONS if Projection.QUESTIONS in able else Projection.STUDENTS
    return Source(projection, is_needed=True, is_split=wanted.is_of_times and not OF_RESPONSES.isdisjoint(asking))


def first(time: Dimension) -> str:
    """The column of `chosen` with the time's value at the session's first event: that of all of a whole session, found
    once instead of for each of its rows."""
    return f"first_{time.name}"


def wholeness(wanted: Wanted) -> str:
    """Columns of a session (alias s): `is_whole`, if all of it is in the time range and in one group of each time that
    is asked for, and those groups."""
    times = dict.fromkeys(wanted.times)
    firsts = [f"{time.sql.format(at='s.first_event_at')} AS {first(time)}" for time in times]
    return ", ".join([f"{_whole(wanted)} AS is_whole", *firsts])


def _whole(wanted: Wanted) -> str:
    conditions = [*between("s.first_event_at", wanted.start, None), *between("s.last_event_at", None, wanted.end)]
    for time in wanted.times:
        ends = (time.sql.format(at=f"s.{at}") for at in ("first_event_at", "last_event_at"))
        conditions.append(" = ".join(f"({end})" for end in ends))
    if any(time.recurs for time in wanted.times):
        conditions.append("(s.first_event_at AT TIME ZONE 'UTC')::date = (s.last_event_at AT TIME ZONE 'UTC')::date")
    return " AND ".join(conditions)


def uncounted(wanted: Wanted, by_grain: ByGrain) -> Sequence[str]:
    """The names for which all answers are read by themselves: those that no projection tells, or else those that none
    tells together."""
    asking = [grain for grain, of_grain in by_grain.items() if _asks_answers(grain, wanted, of_grain)]
    measures = {name: one for grain in asking for name, one in by_grain[grain].items()}
    alone = [name for name, one in measures.items() if _is_uncounted(one)]
    alone += [dimension.name for dimension in wanted.all_dimensions if not dimension.projections]
    if alone:
        return list(dict.fromkeys(alone))
    whole = [name for name, one in measures.items() if not one.is_sum]
    if whole and wanted.is_of_times:
        return [*whole, *divided_by(wanted)]
    particular = [name for name, one in measures.items() if one.projections < BOTH or one.grain is Grain.QUESTION]
    dimensions = [dimension.name for dimension in wanted.all_dimensions if dimension.owner is not Owner.SESSION]
    return list(dict.fromkeys([*particular, *dimensions]))


def divided_by(wanted: Wanted) -> Sequence[str]:
    """The names of what a session may lie only partly in a group, or a range, of."""
    is_bounded = wanted.start is not None or wanted.end is not None
    return [*dict.fromkeys(time.name for time in wanted.times), *["time_range"] * is_bounded]


def _is_uncounted(aggregate: Aggregate) -> bool:
    of_responses = aggregate.grain in OF_RESPONSES
    return (of_responses and aggregate.counted is None) or Part.FIRST_ANSWERS in aggregate.needs


def _asks_answers(grain: Grain, wanted: Wanted, of_grain: Mapping[str, Aggregate]) -> bool:
    reads_first = any(Part.FIRST_ANSWERS in one.needs for one in of_grain.values())
    return grain in OF_RESPONSES or reads_first or wanted.of_answers(grain)


def _able(grain: Grain, wanted: Wanted, of_grain: Mapping[str, Aggregate]) -> frozenset[Projection]:
    """The projections that tell all that is asked of the grain."""
    told = [dimension.projections for dimension in _foreign(grain, wanted)]
    return BOTH.intersection(*told, *(_of_aggregate(wanted, grain, one) for one in of_grain.values()))


def _of_aggregate(wanted: Wanted, grain: Grain, aggregate: Aggregate) -> frozenset[Projection]:
    if grain is Grain.SESSION:
        return BOTH
    if aggregate.counted is None or (wanted.is_of_times and not aggregate.is_sum):
        return NONE
    return aggregate.projections


def _foreign(grain: Grain, wanted: Wanted) -> Iterator[Dimension]:
    """The dimensions that the answers have to tell."""
    own = OWNERS[grain] if grain not in OF_RESPONSES else frozenset({Owner.SESSION, Owner.TIME})
    return (dimension for dimension in wanted.all_dimensions if dimension.owner not in own)
