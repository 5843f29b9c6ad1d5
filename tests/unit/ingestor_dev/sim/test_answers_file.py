from pathlib import Path

import pytest

from ingestor_dev.sim.answers_file import Answer, read_answers
from ingestor_dev.sim.errors import SimulatorError

_HEADER = "student,position,question,correct\n"


def _file(folder: Path, text: str | bytes) -> Path:
    path = folder / "answers.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_students_answers_are_in_the_order_of_their_positions(tmp_path: Path) -> None:
    recording = read_answers(_file(tmp_path, f"{_HEADER}b,1,7,0\na,0,7,1\nb,0,9,1\n\n"))
    assert [student.name for student in recording.students] == ["b", "a"]
    assert recording.questions == ["7", "9"]
    first = recording.students[0]
    assert [first.answer(place) for place in range(len(first))] == [Answer(1, True), Answer(0, False)]
    assert len(recording) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line is not the expected header"),
        ("1,0,51,0\n", "first line is not the expected header"),
        (_HEADER, "holds no answers"),
        (f"{_HEADER}1,0,51\n", "line 2: needs the 4 values"),
        (f"{_HEADER}1,0,51,1\n,1,51,1\n", "line 3: needs the 4 values"),
        (f"{_HEADER}1,first,51,1\n", "line 2: position must be a whole number from 0, not 'first'"),
        (f"{_HEADER}1,-1,51,1\n", "line 2: position must be a whole number"),
        (f"{_HEADER}1,0,51,yes\n", "line 2: correct must be 0 or 1, not 'yes'"),
        (f"{_HEADER}1,4,51,1\n1,4,52,1\n", "student 1 has two answers at position 4"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_reason(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(SimulatorError, match=said) as raised:
        read_answers(_file(tmp_path, text))
    assert "answers.csv" in str(raised.value)


def test_a_missing_file_is_named_with_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="give a CSV file with the header line student,position"):
        read_answers(tmp_path / "none.csv")
