from hypothesis import given
from hypothesis import strategies as st

from ingestor_dev.sim.item_response import Item, probability_correct

_NUMBERS = st.floats(-1000, 1000)
_ITEMS = st.builds(Item, _NUMBERS, st.floats(0.01, 10), st.floats(0, 0.9))


@given(_NUMBERS, _ITEMS)
def test_chance_of_a_right_answer_lies_between_guessing_and_certainty(ability: float, item: Item) -> None:
    assert item.guessing <= probability_correct(ability, item) <= 1


@given(_NUMBERS, _NUMBERS, _ITEMS)
def test_the_abler_student_never_has_the_smaller_chance(one: float, other: float, item: Item) -> None:
    assert probability_correct(min(one, other), item) <= probability_correct(max(one, other), item)


def test_a_student_as_able_as_the_question_is_difficult_is_halfway_between_guessing_and_certainty() -> None:
    assert probability_correct(0.7, Item(difficulty=0.7, discrimination=1.3, guessing=0.25)) == 0.625


def test_discrimination_is_the_slope_of_the_log_odds() -> None:
    assert round(probability_correct(1.0, Item(0.0, 2.0, 0.0)), 6) == 0.880797
