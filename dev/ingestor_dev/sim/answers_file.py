"""Recorded answers: the CSV file of students' sequences, kept small in memory."""

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ingestor_dev.sim.errors import SimulatorError

COLUMNS = ("student", "position", "question", "correct")
_SHAPE = f"a CSV file with the header line {','.join(COLUMNS)}"


class Answer(NamedTuple):
    """One recorded answer; `question` is an index into `Recording.questions`."""

    question: int
    correct: bool


@dataclass
class Student:
    """A student's answers by position: 13 bytes each."""

    name: str
    positions: "array[int]" = field(default_factory=lambda: array("q"))
    questions: "array[int]" = field(default_factory=lambda: array("I"))
    correct: bytearray = field(default_factory=bytearray)

    def __len__(self) -> int:
        return len(self.positions)

    def answer(self, place: int) -> Answer:
        return Answer(self.questions[place], bool(self.correct[place]))


@dataclass(frozen=True)
class Recording:
    """All students, in the order in which the file first names them, and the questions' names."""

    students: Sequence[Student]
    questions: Sequence[str]

    def __len__(self) -> int:
        return sum(map(len, self.students))


def read_answers(path: Path) -> Recording:
    """The recording in `path`; rows may come in any order. SimulatorError names a line that is wrong."""
    students: dict[str, Student] = {}
    questions: dict[str, int] = {}
    for line, (name, position, question, correct) in _rows(path):
        student = students.setdefault(name, Student(name))
        student.positions.append(_position(path, line, position))
        student.questions.append(questions.setdefault(question, len(questions)))
        student.correct.append(_correct(path, line, correct))
    if not students:
        raise SimulatorError(f"{path} holds no answers; give {_SHAPE} and one line an answer")
    return Recording([_by_position(path, student) for student in students.values()], list(questions))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            if [name.strip() for name in next(reader, [])] != list(COLUMNS):
                raise SimulatorError(f"{path}: the first line is not the expected header; give {_SHAPE}")
            for row in reader:
                if not row:
                    continue
                if len(row) != len(COLUMNS) or not row[0] or not row[2]:
                    raise _wrong(path, reader.line_num, f"needs the {len(COLUMNS)} values {','.join(COLUMNS)}")
                yield reader.line_num, row
    except OSError as error:
        raise SimulatorError(f"cannot read {path} ({error.strerror}); give {_SHAPE}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SimulatorError(f"{path} is not text in UTF-8 ({error}); give {_SHAPE}") from error


def _position(path: Path, line: int, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise _wrong(path, line, f"position must be a whole number from 0, not {text!r}")
    return int(text)


def _correct(path: Path, line: int, text: str) -> int:
    if text not in ("0", "1"):
        raise _wrong(path, line, f"correct must be 0 or 1, not {text!r}")
    return int(text)


def _by_position(path: Path, student: Student) -> Student:
    order = sorted(range(len(student)), key=student.positions.__getitem__)
    ordered = Student(
        student.name,
        array("q", (student.positions[place] for place in order)),
        array("I", (student.questions[place] for place in order)),
        bytearray(student.correct[place] for place in order),
    )
    for earlier, later in zip(ordered.positions, ordered.positions[1:], strict=False):
        if earlier == later:
            raise SimulatorError(f"{path}: student {student.name} has two answers at position {earlier}")
    return ordered


def _wrong(path: Path, line: int, reason: str) -> SimulatorError:
    return SimulatorError(f"{path}, line {line}: {reason}")
