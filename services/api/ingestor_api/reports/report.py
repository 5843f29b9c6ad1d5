"""What a report is: one statement, and a pure function from its rows to its body."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict


class Asked(BaseModel):
    """The parameters of a report."""

    model_config = ConfigDict(frozen=True)


class Body(BaseModel):
    """A report's body, or a part of it."""

    model_config = ConfigDict(frozen=True)


class Row(Protocol):
    """A row by the names of its columns, as asyncpg gives it."""

    def __getitem__(self, column: str, /) -> Any: ...


AskedT = TypeVar("AskedT", bound=Asked)
BodyT = TypeVar("BodyT", bound=Body)


@dataclass(frozen=True, slots=True)
class Report(Generic[AskedT, BodyT]):
    """`GET /api/reports/<name>`.

    `arguments` gives the statement's parameters for what is asked and the time it is; no statement asks the database
    for the time. `build` makes the body from the rows; its docstring describes the
    report to its readers, after the `title`.
    """

    name: str
    title: str
    asked: type[AskedT]
    body: type[BodyT]
    statement: str
    arguments: Callable[[AskedT, datetime], tuple[object, ...]]
    build: Callable[[AskedT, Sequence[Row]], BodyT]
