"""The simulated group behaves like one: nothing is lost, partitions have one owner, time passes for pods."""

import numpy as np
import pytest
from bench.scaling.group import Conditions, Group
from bench.scaling.workload import Workload, spread
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestor_operator.scaling import GroupState


def group(conditions: Conditions, replicas: int = 1, rate: float = 3000.0, seconds: int = 300) -> Group:
    return Group(spread(np.full(seconds, rate), 12, seed=1), conditions, replicas, seed=1)


def owned(playing: Group) -> list[int]:
    return sorted(p for pod in playing.pods for p in pod.owned)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 12)), min_size=1, max_size=8))
def test_every_partition_has_one_owner_and_shares_are_even(scalings: list[tuple[int, int]]) -> None:
    playing = group(Conditions(), seconds=400)
    for seconds, replicas in scalings:
        for _ in range(seconds):
            playing.step()
        playing.scale(replicas)
        assert owned(playing) == list(range(12))
        shares = [len(pod.owned) for pod in playing.pods if pod.joined]
        assert max(shares) - min(shares) <= 1
        assert all(
            committed <= position <= end
            for committed, position, end in zip(playing.committed, playing.position, playing.end, strict=True)
        )


def test_a_consumer_drains_its_rate_and_no_more() -> None:
    playing = group(Conditions(rate=1000.0, noise=0.0), replicas=2)
    for _ in range(100):
        playing.step()
    assert sum(playing.position) == pytest.approx(200_000, rel=0.01)


def test_all_consumers_together_drain_no_more_than_the_capacity() -> None:
    playing = group(Conditions(rate=1000.0, noise=0.0, capacity=1500.0), replicas=12)
    for _ in range(100):
        playing.step()
    assert sum(playing.position) == pytest.approx(150_000, rel=0.02)


def test_a_new_pod_helps_only_after_its_start_and_the_rebalance() -> None:
    playing = group(Conditions(noise=0.0, pod_start=(20.0, 20.0), rebalance=5))
    playing.scale(2)
    seen = []
    for _ in range(40):
        playing.step()
        look = playing.observe()
        seen.append((look.ready, look.group_state))
    assert seen[18] == (1, GroupState.STABLE)
    assert seen[21] == (2, GroupState.PREPARING_REBALANCE)
    assert seen[30] == (2, GroupState.STABLE)


def test_a_partition_that_changes_hands_stands_still_for_a_moment_and_the_others_go_on() -> None:
    playing = group(Conditions(noise=0.0, pod_start=(20.0, 20.0), handover=3), rate=600.0)
    playing.scale(2)
    lags = []
    for _ in range(40):
        playing.step()
        lags.append([end - position for end, position in zip(playing.end, playing.position, strict=True)])
    owners = {p: pod.name for pod in playing.pods for p in pod.owned}
    moved = {p for p, name in owners.items() if name == playing.pods[1].name}
    assert len(moved) == 6
    waited = {p: max(lag[p] for lag in lags) for p in owners}
    assert all(waited[p] > 100 for p in moved)
    assert all(waited[p] <= 100 for p in owners.keys() - moved)


def test_a_stuck_partition_stands_still_and_the_others_go_on() -> None:
    playing = group(Conditions(stuck=(3, 0, 100)), replicas=12, rate=1200.0)
    for _ in range(100):
        playing.step()
    assert playing.position[3] == 0
    assert all(position > 0 for p, position in enumerate(playing.position) if p != 3)


def test_the_same_seed_plays_the_same() -> None:
    workload = Workload(spread(np.full(60, 900.0), 3, seed=4).arrivals)
    twice = [Group(workload, Conditions(), 2, seed=9) for _ in range(2)]
    for playing in twice:
        for _ in range(60):
            playing.step()
    assert twice[0].observe() == twice[1].observe()
