import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_dev.sim.answers_file import Recording, Student, read_answers
from ingestor_dev.sim.events import ANSWER_SUBMITTED, QUESTION_PUBLISHED, Event
from ingestor_dev.sim.replay import CLASS_SIZE, Replay

_START = datetime(2026, 9, 1, 13, tzinfo=UTC)
_SEQUENCES = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=70), min_size=1, max_size=40
)


def _recording(sequences: list[list[tuple[int, bool]]]) -> Recording:
    students = []
    for number, sequence in enumerate(sequences):
        student = Student(f"s{number}")
        for place, (question, correct) in enumerate(sequence):
            student.positions.append(place)
            student.questions.append(question)
            student.correct.append(correct)
        students.append(student)
    return Recording(students, [f"q{number}" for number in range(4)])


def _replay(sequences: list[list[tuple[int, bool]]], repeat: float = 0.0) -> Replay:
    return Replay(_recording(sequences), seed=1, start=_START, repeat=repeat)


def _events(replay: Replay) -> list[Event]:
    steps = [step for number in range(len(replay.places)) for step in replay.lesson(number) or []]
    return [step.item for step in steps if isinstance(step.item, Event) and not step.repeat]


def _keys(replay: Replay, events: list[Event]) -> dict[str, str]:
    """Answer keys by question, as the product learns them: from the catalog and from publications."""
    keys = {
        entry.path.rsplit("/", 1)[1]: json.loads(entry.body)["correct_answer"]
        for entry in replay.catalog()
        if entry.path.startswith("/catalog/questions/")
    }
    for event in events:
        if event.question_id is not None and event.correct_answer is not None:
            assert keys.setdefault(event.question_id, event.correct_answer) == event.correct_answer
    return keys


def _graded_by_student(replay: Replay) -> list[list[bool]]:
    """Each student's answers as the product grades them, by time; longest first, as recordings compare."""
    events = _events(replay)
    keys = _keys(replay, events)
    graded: defaultdict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for event in events:
        if event.event_type == ANSWER_SUBMITTED and event.student_id and event.question_id:
            graded[event.student_id].append((event.timestamp, event.answer == keys[event.question_id]))
    assert all(len({at for at, _ in answers}) == len(answers) for answers in graded.values())
    return sorted([right for _, right in sorted(answers)] for answers in graded.values())


@given(_SEQUENCES)
def test_every_recorded_answer_is_one_event_graded_as_recorded_and_in_the_students_order(
    sequences: list[list[tuple[int, bool]]],
) -> None:
    recorded = sorted([correct for _, correct in sequence] for sequence in sequences)
    assert _graded_by_student(_replay(sequences)) == recorded


@given(_SEQUENCES)
def test_no_student_answers_a_question_of_a_session_twice_nor_before_it_is_published(
    sequences: list[list[tuple[int, bool]]],
) -> None:
    events = _events(_replay(sequences))
    published = {
        (event.session_id, event.question_id): event.timestamp
        for event in events
        if event.event_type == QUESTION_PUBLISHED
    }
    answers = [event for event in events if event.event_type == ANSWER_SUBMITTED]
    assert len({(a.session_id, a.student_id, a.question_id) for a in answers}) == len(answers)
    assert all(published[answer.session_id, answer.question_id] < answer.timestamp for answer in answers)
    assert len({event.event_id for event in events}) == len(events)


def test_the_same_file_seed_and_start_give_the_same_events() -> None:
    rng = Random(1)
    sequences = [[(rng.randrange(4), rng.random() < 0.6) for _ in range(50)] for _ in range(60)]
    assert _events(_replay(sequences)) == _events(_replay(sequences))


def test_lessons_lie_before_the_start_and_a_classrooms_lessons_do_not_overlap() -> None:
    replay = _replay([[(0, True)] * 300, [(1, False)] * 120])
    sessions: defaultdict[str, list[datetime]] = defaultdict(list)
    for event in _events(replay):
        sessions[event.session_id].append(event.timestamp)
    spans = sorted((min(times), max(times)) for times in sessions.values())
    assert len(spans) == 15
    assert all(end < following for (_, end), (following, _) in zip(spans, spans[1:], strict=False))
    assert spans[-1][1] < _START
    assert spans[-1][0] > _START - timedelta(days=2)


def test_students_share_classrooms_and_every_one_is_on_a_roster() -> None:
    replay = _replay([[(0, True)]] * (2 * CLASS_SIZE + 1))
    rosters = [json.loads(put.body) for put in replay.catalog() if put.path.endswith("/students")]
    assert [len(roster) for roster in rosters] == [CLASS_SIZE, CLASS_SIZE, 1]
    answering = {event.student_id for event in _events(replay)} - {None}
    assert answering == {student["student_id"] for roster in rosters for student in roster}


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_repeats_are_the_same_events_again(tmp_path: Path, share: float) -> None:
    rows = "".join(f"{student},{place},7,1\n" for student in range(25) for place in range(20))
    path = tmp_path / "answers.csv"
    path.write_text(f"student,position,question,correct\n{rows}")
    steps = Replay(read_answers(path), 1, _START, share).lesson(0) or []
    repeats = [step.item for step in steps if step.repeat]
    firsts = [step.item for step in steps if not step.repeat]
    assert abs(len(repeats) / len(firsts) - share) < 0.06
    assert all(event in firsts for event in repeats)
