"""The parameters that reports share. Each report composes its own from these."""

from datetime import timedelta
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, Field

from ingestor_api.identifiers import Identifier
from ingestor_api.reports.periods import ALLOWED, PATTERN, length_of, written_length
from ingestor_api.reports.report import Asked
from ingestor_api.whole_numbers import DIGITS_ALONE

MAX_PAGE: Final = 1_000_000_000
MAX_PAGE_SIZE: Final = 1000

Written = Annotated[
    str, AfterValidator(written_length), Field(description=ALLOWED, json_schema_extra={"pattern": PATTERN})
]

_Whole = Annotated[int, DIGITS_ALONE]


class OfSession(Asked):
    session_id: Identifier = Field(description="The session.")


class OfQuestion(Asked):
    question_id: Identifier = Field(description="The question.")


class OfQuiz(Asked):
    quiz_id: Identifier = Field(description="The quiz.")


class OfClassroom(Asked):
    classroom_id: Identifier = Field(description="The classroom.")


class OfStudent(Asked):
    student_id: Identifier = Field(description="The student.")


class OfSessionQuestion(OfQuestion, OfSession):
    """One question in one session."""


class OfStudentInClassroom(OfClassroom, OfStudent):
    """One student in one classroom."""


class Recent(Asked):
    time_range: Written = Field(default="60m", description=f"How far back from now: {ALLOWED}.")

    @property
    def length(self) -> timedelta:
        return length_of(self.time_range)


class Dated(Asked):
    date_range: Written = Field(default="7d", description=f"How far back from now: {ALLOWED}.")

    @property
    def length(self) -> timedelta:
        return length_of(self.date_range)


class Paged(Asked):
    page: _Whole = Field(default=1, ge=1, le=MAX_PAGE, description="The page, from 1.")
    page_size: _Whole = Field(default=50, ge=1, le=MAX_PAGE_SIZE, description="Rows a page.")

    @property
    def after(self) -> int:
        """The place, from 1, of the last row before this page."""
        return (self.page - 1) * self.page_size

    @property
    def up_to(self) -> int:
        """The place of the last row that fits on this page."""
        return self.page * self.page_size


PagedT = TypeVar("PagedT", bound=Paged)
