"""A watch that owes changes is behind; one that shows them is not."""

from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.run.handlers import settings
from ingestor_operator.run.watch_lag import ERROR_DELAYS, WatchLag

RETRY = ERROR_DELAYS[-1]


def test_a_watch_that_has_shown_everything_is_not_behind() -> None:
    watch = WatchLag()
    watch.shown("a", "5")
    watch.listed({"a": "5"}, now=100)
    assert watch.behind(now=1000) == 0


def test_a_version_that_the_watch_owes_makes_it_later_and_later() -> None:
    watch = WatchLag()
    watch.shown("a", "5")
    watch.listed({"a": "7"}, now=100)
    watch.listed({"a": "9"}, now=120)
    assert watch.behind(now=100 + RETRY) == 0
    assert watch.behind(now=130 + RETRY) == 30


def test_it_has_caught_up_once_it_shows_what_it_owed() -> None:
    watch = WatchLag()
    watch.listed({"a": "7"}, now=100)
    watch.shown("a", "6")
    assert watch.behind(now=101) == 1
    watch.shown("a", "7")
    assert watch.behind(now=101) == 0


def test_an_object_that_the_watch_never_showed_counts() -> None:
    watch = WatchLag()
    watch.listed({"new": "3"}, now=10)
    assert watch.behind(now=11) == 1


def test_an_object_that_is_gone_is_owed_no_more() -> None:
    watch = WatchLag()
    watch.listed({"a": "7", "b": "8"}, now=100)
    watch.listed({"b": "8"}, now=110)
    watch.gone("b")
    assert watch.behind(now=120) == 0


def test_a_newer_version_of_another_object_proves_that_the_watch_was_past_the_one_that_is_owed() -> None:
    watch = WatchLag()
    watch.shown("a", "5")
    watch.listed({"a": "7", "b": "9"}, now=100)
    watch.shown("b", "9")
    assert watch.behind(now=1000) == 0
    watch.listed({"a": "7", "b": "9"}, now=1000)
    assert watch.behind(now=2000) == 0


def test_kopf_holds_an_object_back_no_longer_than_is_counted_with() -> None:
    assert max(settings().queueing.error_delays) == RETRY


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(ERROR_DELAYS)), max_size=40),
    st.sets(st.sampled_from("abc")),
)
def test_objects_that_kopf_holds_back_are_no_dead_watch(changes: list[tuple[str, float]], held: set[str]) -> None:
    """Whichever objects change, and are shown only when kopf tries again."""
    watch, versions, now, version = WatchLag(), dict.fromkeys("abc", "1"), 0.0, 1
    due = dict.fromkeys("abc", 0.0)
    for uid in versions:
        watch.shown(uid, "1")
    for uid, delay in changes:
        version += 1
        versions[uid] = str(version)
        watch.listed(versions, now)
        now += 1
        for other in versions:
            if other not in held or due[other] <= now:
                watch.shown(other, versions[other])
                due[other] = now + delay
        assert watch.behind(now) == 0


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(min_value=11, max_value=20), min_size=1))
def test_a_dead_watch_is_noticed_whichever_object_changes(changed: dict[str, int]) -> None:
    watch = WatchLag()
    for uid in "abc":
        watch.shown(uid, "10")
    watch.listed({uid: str(changed.get(uid, 10)) for uid in "abcd" if uid != "d" or uid in changed}, now=0)
    assert watch.behind(now=RETRY + 61) > 60
