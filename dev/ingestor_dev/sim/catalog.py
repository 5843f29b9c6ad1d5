"""The catalog's entries: names, rosters and answer keys, as the school's own systems would send them."""

from collections.abc import Iterator, Sequence

import msgspec

from ingestor_dev.sim.steps import CatalogPut
from ingestor_dev.sim.world import (
    Classroom,
    KeyArrival,
    Question,
    Quiz,
    WorldSize,
    make_classroom,
    make_quiz,
)


def world_catalog(seed: int, size: WorldSize) -> Iterator[CatalogPut]:
    """Everything the catalog holds before the first lesson; late keys are left out."""
    for number in range(size.quizzes):
        yield from quiz_entries(make_quiz(seed, number, size))
    for number in range(size.all_classrooms):
        yield from classroom_entries(make_classroom(seed, number, size))


def quiz_entries(quiz: Quiz) -> Iterator[CatalogPut]:
    yield quiz_entry(quiz.id, quiz.title, quiz.description)
    for question in quiz.questions:
        known = question.key_arrival is KeyArrival.CATALOG
        yield question_entry(question.id, quiz.id, question.text, question.key if known else None)


def classroom_entries(classroom: Classroom) -> Iterator[CatalogPut]:
    yield classroom_entry(classroom.id, classroom.name)
    yield roster_entry(classroom.id, [(student.id, student.name) for student in classroom.students])


def late_key(question: Question) -> CatalogPut:
    """The entry that brings a question's answer key after its answers."""
    return question_entry(question.id, question.quiz_id, question.text, question.key)


def quiz_entry(quiz_id: str, title: str, description: str) -> CatalogPut:
    return _put(f"quizzes/{quiz_id}", {"title": title, "description": description})


def question_entry(question_id: str, quiz_id: str, text: str, key: str | None) -> CatalogPut:
    """A question; its answer key is left out when `key` is None."""
    body = {"quiz_id": quiz_id, "text": text} | ({} if key is None else {"correct_answer": key})
    return _put(f"questions/{question_id}", body)


def classroom_entry(classroom_id: str, name: str) -> CatalogPut:
    return _put(f"classrooms/{classroom_id}", {"name": name})


def roster_entry(classroom_id: str, students: Sequence[tuple[str, str]]) -> CatalogPut:
    """The roster of a classroom from pairs of student id and name."""
    roster = [{"student_id": student_id, "name": name} for student_id, name in students]
    return _put(f"classrooms/{classroom_id}/students", roster)


def _put(path: str, body: object) -> CatalogPut:
    return CatalogPut(f"/catalog/{path}", msgspec.json.encode(body))
