"""An offset is committed until Kafka has confirmed it, and again after a while."""

import pytest

from ingestor_consumer import commits
from ingestor_consumer.commits import Commits


def test_what_is_stored_is_due_until_it_is_confirmed() -> None:
    offsets = Commits()
    offsets.stored(0, 5)
    offsets.stored(1, 7)
    assert offsets.due() == {0: 5, 1: 7}
    offsets.confirm(0, 5)
    assert offsets.due() == {1: 7}
    offsets.stored(0, 6)
    assert offsets.due() == {0: 6, 1: 7}


def test_a_confirmation_that_comes_late_is_of_an_older_offset() -> None:
    offsets = Commits()
    offsets.stored(0, 5)
    offsets.stored(0, 6)
    offsets.confirm(0, 5)
    assert offsets.due() == {0: 6}


def test_a_confirmed_offset_is_due_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    offsets = Commits()
    offsets.stored(0, 5)
    offsets.confirm(0, 5)
    monkeypatch.setattr(commits, "REPEAT_SECONDS", 0.0)
    assert offsets.due() == {0: 5}


def test_another_consumers_partition_is_not_due() -> None:
    offsets = Commits()
    offsets.stored(0, 5)
    offsets.forget(0)
    offsets.confirm(0, 5)
    assert offsets.due() == {}
