"""A watch that owes changes is behind; one that shows them is not."""

from ingestor_operator.run.watch_lag import WatchLag


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
    assert watch.behind(now=130) == 30


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
