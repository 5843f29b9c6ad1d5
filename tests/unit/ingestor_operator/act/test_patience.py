"""Drift that comes back at once is put back later and later."""

from datetime import UTC, datetime, timedelta

from ingestor_operator.act.patience import REMEMBERED, Patience

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND, INTERVAL = timedelta(seconds=1), timedelta(seconds=15)


def test_each_correction_doubles_the_pause_up_to_the_interval() -> None:
    patience, pauses = Patience(), []
    for minute in range(7):
        patience = patience.corrected(NOON + timedelta(minutes=minute))
        pauses.append(patience.pause(SECOND, INTERVAL).total_seconds())
    assert pauses == [1, 2, 4, 8, 15, 15, 15]


def test_after_a_while_without_drift_it_starts_over() -> None:
    often = Patience(20, NOON)
    assert often.corrected(NOON + REMEMBERED).corrections == 21
    assert often.corrected(NOON + REMEMBERED + SECOND).corrections == 1


def test_a_pause_is_never_longer_than_the_interval_however_often() -> None:
    assert Patience(10_000, NOON).pause(SECOND, INTERVAL) == INTERVAL
