"""What retention is to do about the tables it finds."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.store.dropping import Action, plan_months
from ingestor_common.store.partitions import Month, State

months = st.builds(Month, st.integers(2015, 2030), st.integers(1, 12))
tables = st.dictionaries(months, st.sampled_from(State))


@given(tables, months.map(lambda month: month.start))
def test_every_month_before_the_cut_goes_oldest_first_and_no_other(states: dict[Month, State], cut: datetime) -> None:
    steps = plan_months(states, cut)
    going = [step.month for step in steps if step.action is not Action.ATTACH]
    assert going == sorted(month for month in states if month.start < cut)
    assert all(step.month is not None and step.mark == step.month.end for step in steps if step.month in going)


@given(tables, months.map(lambda month: month.start))
def test_whatever_was_left_half_done_is_finished_or_attached_again(states: dict[Month, State], cut: datetime) -> None:
    actions = {step.month: step.action for step in plan_months(states, cut)}
    for month, state in states.items():
        if state is not State.ATTACHED:
            assert actions[month] is (Action.FINISH if month.start < cut else Action.ATTACH)
        else:
            assert actions.get(month) is (Action.DROP if month.start < cut else None)
