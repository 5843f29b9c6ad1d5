"""The words that the model is declared in.

There are four kinds of facts, the grains. A measure is an aggregate over the facts of one grain; a dimension is a
value of a fact, by which facts are grouped and chosen. docs/query.md tells the same to readers.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Grain(StrEnum):
    """What one fact is."""

    ANSWER = "answer"
    SKIP = "skip"
    QUESTION = "question"
    """A question published in a session, at its first publication there."""
    SESSION = "session"


class Owner(StrEnum):
    """What a dimension is a value of. A fact's `TIME` is its own: of the answer, the publication, the start."""

    SESSION = "session"
    TIME = "time"
    QUESTION = "question"
    ANSWER = "answer"


OWNERS: Final[dict[Grain, frozenset[Owner]]] = {
    Grain.ANSWER: frozenset(Owner),
    Grain.SKIP: frozenset(Owner),
    Grain.QUESTION: frozenset({Owner.SESSION, Owner.TIME, Owner.QUESTION}),
    Grain.SESSION: frozenset({Owner.SESSION, Owner.TIME}),
}
"""What a fact has dimensions of itself. Others are brought in through the answers given to it."""


class Projection(StrEnum):
    """A table that holds answers and skips counted already: a row for each question, or each student, of a session."""

    QUESTIONS = "session_questions"
    STUDENTS = "session_students"


BOTH: Final = frozenset(Projection)


class Part(StrEnum):
    """What a statement has only where an expression needs it."""

    ROSTER = "roster"
    ATTENDANCE = "attendance"
    PARTICIPATION_SHARE = "participation_share"
    COMPLETION_SHARE = "completion_share"
    ANSWERED_SHARE = "answered_share"
    ENGAGEMENT_SHARE = "engagement_share"
    ENGAGEMENT_LEVEL = "engagement_level"
    """All five always beside ATTENDANCE."""
    TITLES = "titles"
    PACE = "pace"
    STUDENT_NAMES = "student_names"
    DIFFICULTY = "difficulty"
    TIMER = "timer"
    STUDENTS_ANSWERING = "students_answering"
    FIRST_ANSWERS = "first_answers"


Type = Literal["string", "integer", "number", "boolean"]
Value = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A value of a fact.

    `sql` is over the aliases s (the session), d (the question's difficulty), n (the student's name) and a (the
    answer); `{asked}` stands for the alias of what names the question, `{at}` for the fact's own time.
    `values` are all it can have, in order, where they are few; `least` and `most` bound an integer.
    """

    name: str
    title: str
    description: str
    owner: Owner
    sql: str
    shown: str = "{key}"
    """The value of `sql`, which is `{key}` here, as it is shown and filtered by: what is short is grouped faster."""
    type: Type = "string"
    format: str | None = None
    values: tuple[Value, ...] = ()
    least: int = 0
    most: int = 0
    needs: frozenset[Part] = frozenset()
    stored: bool = False
    """Whether `sql` is a column of the table `sessions` itself."""
    projection: Projection | None = None
    """Of a question's or an answer's: the projection whose rows have it."""
    recurs: bool = False
    """Of a time's: whether its values come again on another day."""

    @property
    def grains(self) -> tuple[Grain, ...]:
        """The grains whose facts have it themselves."""
        return tuple(grain for grain in Grain if self.owner in OWNERS[grain])

    @property
    def projections(self) -> frozenset[Projection]:
        """Those by whose rows answers can be grouped by it: what is of the session, any; times, see sources.py."""
        if self.owner in (Owner.SESSION, Owner.TIME):
            return BOTH
        return frozenset({self.projection} if self.projection else ())

    @property
    def sql_type(self) -> str:
        if self.format == "uuid":
            return "uuid"
        return {"string": "text", "integer": "integer", "boolean": "boolean"}[self.type]


Format = Literal["count", "percent", "seconds", "decimal"]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An SQL aggregate over the facts of one grain, over the aliases that grains.py gives that grain.

    It gives a whole number, or the two numbers of a ratio as an array: rounding.py divides them.
    `counted` is the same over rows of a projection, in which answers are counted; None where these do not tell it.
    `projections` are those that do. `is_sum`: a group's is the sum of its parts', so that it can be put together of
    rows of a projection and of single answers. `distinct`: it is how many different values of `counted` there are.
    """

    grain: Grain
    sql: str
    needs: frozenset[Part] = frozenset()
    counted: str | None = None
    projections: frozenset[Projection] = BOTH
    is_sum: bool = True
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class MeanOf:
    """The mean of two other measures of the same group, unrounded; an unknown one is left out."""

    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number about a group of facts. Counts are whole numbers, 0 without facts; others are then unknown."""

    name: str
    title: str
    description: str
    format: Format
    of: Aggregate | MeanOf

    @property
    def type(self) -> Type:
        return "integer" if self.is_count else "number"

    @property
    def nothing(self) -> str:
        """The null of its aggregate's type."""
        return "NULL::numeric" if self.is_count else "NULL::numeric[]"

    @property
    def is_count(self) -> bool:
        return self.format == "count"
