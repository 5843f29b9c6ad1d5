"""Another installation on the database is known by books that go on moving, and by nothing that is over."""

from datetime import UTC, datetime, timedelta

from ingestor_common.store.ledger import Source
from ingestor_consumer.neighbours import FORGOTTEN_SECONDS, SURE_SECONDS, Neighbours

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
THEIRS = Source("theirs", "lessons", "id-1")
STEP = 2.0


def watched(neighbours: Neighbours, since: float, until: float, *, moves: bool) -> None:
    """Look every two seconds; the other's books move each time, or not at all."""
    now = since
    while now <= until:
        neighbours.look({THEIRS: NOON + timedelta(seconds=now if moves else since - STEP)}, now)
        now += STEP


def test_books_that_go_on_moving_are_somebody_elses() -> None:
    neighbours = Neighbours()
    watched(neighbours, 0, SURE_SECONDS, moves=True)
    assert neighbours.describe() is None
    watched(neighbours, SURE_SECONDS + STEP, SURE_SECONDS + 2 * STEP, moves=True)
    assert neighbours.describe() == "consumer group theirs from topic lessons"


def test_books_that_moved_before_we_came_or_a_last_time_are_nobodys() -> None:
    neighbours = Neighbours()
    watched(neighbours, 0, 100, moves=False)
    assert neighbours.describe() is None
    # The last batch of a topic that is being deleted and made again.
    watched(neighbours, 102, 104, moves=True)
    watched(neighbours, 106, 300, moves=False)
    assert neighbours.describe() is None


def test_one_that_has_gone_is_forgotten() -> None:
    neighbours = Neighbours()
    watched(neighbours, 0, SURE_SECONDS + 3 * STEP, moves=True)
    assert neighbours.describe()
    last = NOON + timedelta(seconds=SURE_SECONDS + 2 * STEP)
    neighbours.look({THEIRS: last}, 2 * FORGOTTEN_SECONDS)
    assert neighbours.describe() is None
    watched(neighbours, 0, SURE_SECONDS + 3 * STEP, moves=True)
    neighbours.look({}, 100)
    assert neighbours.describe() is None
