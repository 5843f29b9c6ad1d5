"""The window answers with the highest recommendation of its time, from few entries."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestor_operator.scaling.window import Window, highest, remember

RECOMMENDATIONS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 12)), min_size=1, max_size=60)


@settings(deadline=None)
@given(RECOMMENDATIONS)
def test_the_highest_of_the_window_is_what_keeping_every_recommendation_would_give(gaps: list[tuple[int, int]]) -> None:
    window: Window = ()
    everything: list[tuple[float, int]] = []
    time = 0.0
    for gap, replicas in gaps:
        time += gap
        window = remember(window, time, replicas, 300.0)
        everything.append((time, replicas))
        assert highest(window)[1] == max(n for at, n in everything if at >= time - 300.0)
    assert len(window) <= 12
