from random import Random
from statistics import median

from ingestor_dev.sim.behaviour import SKIPPED, Habits, Response, respond, response_time_ms
from ingestor_dev.sim.item_response import Item, probability_correct
from ingestor_dev.sim.world import KeyArrival, Question, Student

_ITEM = Item(difficulty=0.0, discrimination=1.5, guessing=0.25)
_QUESTION = Question(
    id="q", quiz_id="z", text="?", key="B", wrong=("A", "C", "D"), item=_ITEM, timer_sec=30,
    key_arrival=KeyArrival.CATALOG,
)  # fmt: skip
_TRIALS = 20_000


def _responses(ability: float, habits: Habits) -> list[Response | None]:
    rng = Random(5)
    student = Student("s", "Student", ability, pace=1.0)
    return [respond(student, _QUESTION, habits, rng) for _ in range(_TRIALS)]


def test_students_answer_correctly_as_often_as_the_item_response_model_says() -> None:
    always = Habits(ignore=0, skip=0, give_up=0)
    for ability in (-2.0, 0.0, 2.0):
        right = sum(response is not None and response.answer == "B" for response in _responses(ability, always))
        assert abs(right / _TRIALS - probability_correct(ability, _ITEM)) < 0.015


def test_the_asked_for_share_of_students_skips() -> None:
    responses = [each for each in _responses(0.0, Habits(ignore=0, skip=0.1, give_up=0)) if each is not None]
    assert abs(sum(each.answer == SKIPPED for each in responses) / _TRIALS - 0.1) < 0.01


def test_the_asked_for_share_of_students_gives_no_response_at_all() -> None:
    assert abs(_responses(0.0, Habits(ignore=0.2, give_up=0)).count(None) / _TRIALS - 0.2) < 0.015


def test_a_few_answers_come_late_unless_students_give_up() -> None:
    late = [each for each in _responses(0.0, Habits(give_up=0)) if each and each.after_ms > 30_000]
    assert 0.01 < len(late) / _TRIALS < 0.06
    given_up = [each for each in _responses(0.0, Habits(give_up=1)) if each and each.after_ms > 30_000]
    assert given_up == []


def test_the_median_response_time_is_two_fifths_of_the_timer() -> None:
    rng = Random(5)
    times = [response_time_ms(1.0, 30, rng) for _ in range(_TRIALS)]
    assert abs(median(times) / 12_000 - 1) < 0.03
