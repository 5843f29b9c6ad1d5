"""/api/catalog: names, rosters and answer keys from the school's own systems."""

from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Body
from pydantic import BaseModel

from ingestor_api.connections import acquire
from ingestor_api.dependencies import Queries, ReaderOrWriter, Writer
from ingestor_api.errors import Problem, field_problem
from ingestor_api.identifiers import Identifier
from ingestor_api.json_body import JsonRoute
from ingestor_api.text import AnswerKey, LongText, Name
from ingestor_common.store import catalog
from ingestor_common.store.catalog import Classroom, Question, Quiz, RosterEntry

router = APIRouter(prefix="/api/catalog", tags=["catalog"], route_class=JsonRoute)

MAX_ROSTER: Final = 5000

_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "The catalog has none of this id"}}

T = TypeVar("T")


class QuizRequest(BaseModel):
    title: Name
    description: LongText | None = None


class QuestionRequest(BaseModel):
    quiz_id: Identifier
    text: LongText | None = None
    correct_answer: AnswerKey | None = None


class ClassroomRequest(BaseModel):
    name: Name


class StudentRequest(BaseModel):
    student_id: Identifier
    name: Name | None = None


class Roster(BaseModel):
    classroom_id: Identifier
    students: list[RosterEntry]


@router.put("/quizzes/{quiz_id}", summary="Set a quiz's title")
async def put_quiz(quiz_id: Identifier, body: QuizRequest, queries: Queries, _: Writer) -> Quiz:
    async with acquire(queries) as connection:
        return await catalog.put_quiz(connection, quiz_id, body.title, body.description)


@router.get("/quizzes/{quiz_id}", summary="A quiz's title", responses=_UNKNOWN)
async def get_quiz(quiz_id: Identifier, queries: Queries, _: ReaderOrWriter) -> Quiz:
    async with acquire(queries) as connection:
        return _found(await catalog.get_quiz(connection, quiz_id), "quiz", quiz_id)


@router.put("/questions/{question_id}", summary="Set a question and its answer key; stored answers are regraded")
async def put_question(question_id: Identifier, body: QuestionRequest, queries: Queries, _: Writer) -> Question:
    async with acquire(queries) as connection:
        return await catalog.put_question(connection, question_id, body.quiz_id, body.text, body.correct_answer)


@router.get("/questions/{question_id}", summary="A question", responses=_UNKNOWN)
async def get_question(question_id: Identifier, queries: Queries, _: ReaderOrWriter) -> Question:
    async with acquire(queries) as connection:
        return _found(await catalog.get_question(connection, question_id), "question", question_id)


@router.put("/classrooms/{classroom_id}", summary="Set a classroom's name")
async def put_classroom(classroom_id: Identifier, body: ClassroomRequest, queries: Queries, _: Writer) -> Classroom:
    async with acquire(queries) as connection:
        return await catalog.put_classroom(connection, classroom_id, body.name)


@router.get("/classrooms/{classroom_id}", summary="A classroom's name", responses=_UNKNOWN)
async def get_classroom(classroom_id: Identifier, queries: Queries, _: ReaderOrWriter) -> Classroom:
    async with acquire(queries) as connection:
        return _found(await catalog.get_classroom(connection, classroom_id), "classroom", classroom_id)


@router.put(
    "/classrooms/{classroom_id}/students",
    summary="Replace a classroom's roster",
    description="An empty roster is as none: reports take everyone who ever answered in the classroom's sessions.",
)
async def put_roster(
    classroom_id: Identifier,
    students: Annotated[list[StudentRequest], Body(max_length=MAX_ROSTER)],
    queries: Queries,
    _: Writer,
) -> Roster:
    entries = {student.student_id: student.name for student in students}
    if len(entries) < len(students):
        raise field_problem("student_id", "a student_id stands twice in this roster; list each student once")
    async with acquire(queries) as connection:
        await catalog.put_roster(connection, classroom_id, list(entries.items()))
        return Roster(classroom_id=classroom_id, students=await catalog.get_roster(connection, classroom_id))


@router.get("/classrooms/{classroom_id}/students", summary="A classroom's roster")
async def get_roster(classroom_id: Identifier, queries: Queries, _: ReaderOrWriter) -> Roster:
    async with acquire(queries) as connection:
        return Roster(classroom_id=classroom_id, students=await catalog.get_roster(connection, classroom_id))


def _found(value: T | None, kind: str, identifier: Identifier) -> T:
    if value is None:
        raise Problem(404, f"no {kind} {identifier} in the catalog", reason="not_found")
    return value
