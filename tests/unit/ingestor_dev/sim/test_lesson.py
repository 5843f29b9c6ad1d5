from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.events import (
    ANSWER_SUBMITTED,
    QUESTION_PUBLISHED,
    SESSION_ENDED,
    SESSION_STARTED,
    Event,
)
from ingestor_dev.sim.lesson import Lessons
from ingestor_dev.sim.steps import CatalogPut, Step
from ingestor_dev.sim.world import KeyArrival, WorldSize, make_quiz

_START = datetime(2026, 9, 1, 8, tzinfo=UTC)
_SIZE = WorldSize(schools=2, classrooms=5, students=20, quizzes=4, questions=8)
_LESSONS = Lessons(seed=3, start=_START, size=_SIZE, habits=Habits())


def _events(steps: list[Step]) -> list[Event]:
    return [step.item for step in steps if isinstance(step.item, Event)]


def test_seed_and_start_give_the_same_lesson_whatever_was_asked_before() -> None:
    other = Lessons(seed=3, start=_START, size=_SIZE, habits=Habits())
    backwards = {number: other.lesson(number, _START) for number in reversed(range(12))}
    assert {number: _LESSONS.lesson(number, _START) for number in range(12)} == backwards


def test_another_start_gives_new_sessions_in_which_students_do_the_same() -> None:
    later = replace(_LESSONS, start=_START + timedelta(days=1))
    first, second = _events(_LESSONS.lesson(5, _START)), _events(later.lesson(5, _START))
    assert {event.event_id for event in first}.isdisjoint(event.event_id for event in second)
    assert [(event.student_id, event.answer) for event in first] == [
        (event.student_id, event.answer) for event in second
    ]


def test_steps_come_in_order_and_carry_the_time_at_which_they_happen() -> None:
    steps = _LESSONS.lesson(0, _START)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    firsts = [step for step in steps if isinstance(step.item, Event) and not step.repeat]
    for step in firsts:
        assert isinstance(step.item, Event)
        assert abs((step.item.timestamp - _START).total_seconds() - step.at) < 0.001


def test_a_session_starts_publishes_every_question_and_ends() -> None:
    events = {event.event_id: event for event in _events(_LESSONS.lesson(0, _START))}
    kinds = Counter(event.event_type for event in events.values())
    assert (kinds[SESSION_STARTED], kinds[QUESTION_PUBLISHED], kinds[SESSION_ENDED]) == (1, 8, 1)
    assert kinds[ANSWER_SUBMITTED] > 80


def test_an_answer_comes_its_response_time_after_the_publication_and_once_a_student() -> None:
    events = {event.event_id: event for event in _events(_LESSONS.lesson(0, _START))}.values()
    published = {e.question_id: e.timestamp for e in events if e.event_type == QUESTION_PUBLISHED}
    answers = [event for event in events if event.event_type == ANSWER_SUBMITTED]
    assert len({(answer.student_id, answer.question_id) for answer in answers}) == len(answers)
    for answer in answers:
        waited = (answer.timestamp - published[answer.question_id]) / timedelta(milliseconds=1)
        assert answer.response_time_ms is not None
        assert abs(waited - answer.response_time_ms) <= 1


def test_students_who_drop_out_do_not_come_back() -> None:
    everyone_leaves = replace(_LESSONS, habits=Habits(absent=0, drop_out=0.4, ignore=0, give_up=0))
    events = _events(everyone_leaves.lesson(0, _START))
    order = [event.question_id for event in events if event.event_type == QUESTION_PUBLISHED]
    answered: dict[str | None, set[int]] = {}
    for event in events:
        if event.event_type == ANSWER_SUBMITTED:
            answered.setdefault(event.student_id, set()).add(order.index(event.question_id))
    assert answered
    assert all(places == set(range(len(places))) for places in answered.values())


def test_the_asked_for_share_of_events_is_sent_twice_as_the_same_event() -> None:
    repeating = replace(_LESSONS, habits=Habits(repeat=0.25))
    steps = [step for number in range(40) for step in repeating.lesson(number, _START)]
    firsts = [step.item for step in steps if isinstance(step.item, Event) and not step.repeat]
    repeats = [step.item for step in steps if step.repeat]
    assert abs(len(repeats) / len(firsts) - 0.25) < 0.02
    assert all(event in firsts for event in repeats[:200])


def test_a_key_is_in_the_publication_or_comes_after_the_first_use_or_is_neither() -> None:
    for number in range(_SIZE.quizzes):
        steps = _LESSONS.lesson(number, _START)
        questions = {question.id: question for question in make_quiz(3, number, _SIZE).questions}
        for event in _events(steps):
            if event.event_type == QUESTION_PUBLISHED and event.question_id is not None:
                question = questions[event.question_id]
                expected = question.key if question.key_arrival is KeyArrival.PUBLICATION else None
                assert event.correct_answer == expected
        late = {step.item.path.rsplit("/", 1)[1] for step in steps if isinstance(step.item, CatalogPut)}
        assert late == {q.id for q in questions.values() if q.key_arrival is KeyArrival.LATE}
        assert not any(isinstance(step.item, CatalogPut) for step in _LESSONS.lesson(number + 4, _START))
