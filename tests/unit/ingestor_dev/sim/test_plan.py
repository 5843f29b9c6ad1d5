from datetime import UTC, datetime, timedelta
from itertools import islice

from ingestor_dev.sim.events import SESSION_STARTED, Event
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.options import Options
from ingestor_dev.sim.plan import make_plan

_START = datetime(2026, 9, 1, 8, tzinfo=UTC)


def _events(options: Options, count: int) -> list[tuple[float, Event]]:
    steps = (step for step in make_plan(options).steps if isinstance(step.item, Event) and not step.repeat)
    return [(step.at, step.item) for step in islice(steps, count) if isinstance(step.item, Event)]


def test_in_real_time_an_event_is_sent_at_the_moment_it_carries() -> None:
    for at, event in _events(Options(start=_START), 5000):
        assert abs((event.timestamp - _START).total_seconds() - at) < 0.001


def test_sped_up_a_session_starts_at_the_moment_it_is_sent() -> None:
    for at, event in _events(Options(start=_START, pace=Pace(speed=20.0, rate=None)), 20_000):
        if event.event_type == SESSION_STARTED:
            assert abs((event.timestamp - _START).total_seconds() - at / 20) < 0.001


def test_as_fast_as_it_goes_events_stay_within_a_day_of_the_start() -> None:
    options = Options(start=_START, pace=Pace(speed=None, rate=None), at_once=1)
    ahead = [event.timestamp - _START for _, event in _events(options, 40_000)]
    assert max(ahead) < timedelta(hours=13)
    assert min(ahead) >= timedelta(0)


def test_a_rate_in_real_time_brings_as_many_lessons_as_make_it() -> None:
    events = _events(Options(start=_START, pace=Pace(speed=1.0, rate=100.0)), 60_000)
    steady = [at for at, _ in events if 120 < at < 420]
    assert 75 < len(steady) / 300 < 105


def test_nobody_sits_in_two_lessons_at_once() -> None:
    events = _events(Options(start=_START, at_once=90), 30_000)
    first_lessons: dict[str, str] = {}
    for _, event in events:
        if event.event_type == SESSION_STARTED and len(first_lessons) < 90:
            assert event.classroom_id not in first_lessons
            first_lessons[event.classroom_id] = event.session_id


def test_a_limit_of_sessions_ends_the_plan() -> None:
    options = Options(start=_START, sessions=7)
    assert len({event.session_id for _, event in _events(options, 100_000)}) == 7
