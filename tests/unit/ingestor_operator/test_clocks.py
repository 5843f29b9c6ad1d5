"""Times of a clock that was ahead: nobody waits for that clock, and a clock that is a little ahead changes nothing."""

import ast
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.conftest import MakeResource
from unit.ingestor_operator.plan.cluster import World
from unit.ingestor_operator.test_deletion import Kafka, reason_to_stay

import ingestor_operator
from ingestor_operator.act.patience import REMEMBERED, Patience
from ingestor_operator.kafka.facts import TopicFacts
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.migration import RETRY_AFTER, STALLED_AFTER, Migration, MigrationState, may_retry, stalled
from ingestor_operator.plan.ownership import RENEW_AFTER, Neighbours, plan_mark
from ingestor_operator.plan.topics import IncreaseGuard, plan_topic, wanted_topics
from ingestor_operator.run.progress import read_record
from ingestor_operator.scaling import LagState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(9998, 1, 1), timezones=st.just(UTC))
AHEAD = st.timedeltas(timedelta(0), timedelta(days=300_000))
QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

Waits = Callable[[Resource, datetime, datetime], bool]
"""Whether so long has passed between the two times that the wait is over."""


def renews_mark(resource: Resource, since: datetime, now: datetime) -> bool:
    mark = OwnerMark(resource.key, resource.uid, "n", "id", made=True, renewed=since.timestamp())
    return plan_mark(resource, TopicFacts("t", "id", 1, 1, {}, mark), True, Neighbours(()), now) is not None


def retries_migration(resource: Resource, since: datetime, now: datetime) -> bool:
    return may_retry(MigrationState(Migration.FAILED, since), now)


def tells_stalled_migration(resource: Resource, since: datetime, now: datetime) -> bool:
    return stalled(MigrationState(Migration.PENDING, since), since, now)


def forgets_drift(resource: Resource, since: datetime, now: datetime) -> bool:
    # It counts as often up to the very end.
    return Patience(5, since).corrected(now + timedelta(microseconds=1)).corrections == 1


WAITS: list[tuple[Waits, timedelta]] = [
    (renews_mark, RENEW_AFTER),
    (retries_migration, RETRY_AFTER),
    (tells_stalled_migration, STALLED_AFTER),
    (forgets_drift, REMEMBERED),
]


@QUICK
@pytest.mark.parametrize(("ends", "span"), WAITS, ids=lambda value: getattr(value, "__name__", ""))
@given(since=TIMES)
@example(since=NOON + timedelta(days=365))
@example(since=NOON + timedelta(seconds=90))
def test_no_wait_is_longer_than_twice_its_span(
    make_resource: MakeResource, ends: Waits, span: timedelta, since: datetime
) -> None:
    resource = make_resource()
    assert any(ends(resource, since, NOON + part * span / 2) for part in range(5))


@QUICK
@pytest.mark.parametrize(("ends", "span"), WAITS, ids=lambda value: getattr(value, "__name__", ""))
@given(passed=st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_what_is_past_is_waited_for_exactly(
    make_resource: MakeResource, ends: Waits, span: timedelta, passed: timedelta
) -> None:
    assert ends(make_resource(), NOON - passed, NOON) is (passed >= span)


@pytest.mark.parametrize(("ends", "span"), WAITS, ids=lambda value: getattr(value, "__name__", ""))
def test_clocks_that_differ_by_seconds_hurry_nobody(make_resource: MakeResource, ends: Waits, span: timedelta) -> None:
    assert not ends(make_resource(), NOON + timedelta(seconds=5), NOON)


@QUICK
@given(ahead=AHEAD)
def test_a_failed_migration_is_made_anew_whenever_it_says_that_it_failed(
    make_resource: MakeResource, ahead: timedelta
) -> None:
    world = World(make_resource)
    world.look()
    (job,) = world.running_jobs()
    world.now += ahead
    world.end_job(job, succeeds=False)
    world.now -= ahead
    for _ in range(2 * RETRY_AFTER.seconds // 10 + 2):
        world.wait(10)
        world.look()
    assert len(world.running_jobs()) == 1


async def test_a_resource_goes_whenever_it_says_that_it_was_deleted(make_resource: MakeResource) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=365)).strftime("%Y-%m-%dT%H:%M:%SZ")
    spec = {"kafka.topic.deletionPolicy": "Delete"}
    adopted = {"ingestor.dev/adopt-topic": "true"}
    kafka = Kafka(lambda kafka: None)
    kafka.end = 6
    going = make_resource("minimal", spec, deletionTimestamp=ahead, annotations=adopted)
    assert await reason_to_stay(going, kafka) is None
    assert kafka.deleted == []


@given(ahead=AHEAD, retries=st.integers(0, 2_000))
def test_a_resource_that_is_being_deleted_is_looked_at_again_in_time(ahead: timedelta, retries: int) -> None:
    record: dict[str, Any] = {"delayed": (NOON + ahead).isoformat(timespec="microseconds"), "retries": retries}
    kept = read_record(record, NOON)
    own = ahead <= timedelta(seconds=min(2 * max(1, retries), 3600))
    assert kept == (record if own else record | {"delayed": None})


def test_an_increase_does_not_wait_for_less_than_no_time(make_resource: MakeResource) -> None:
    wanted, _ = wanted_topics(make_resource("minimal", {"kafka.topic": {"partitions": 6}}))
    guard = IncreaseGuard(5, LagState.KNOWN, group="g", since=NOON + timedelta(days=1), now=NOON)
    (problem,) = plan_topic(wanted, TopicFacts(wanted.name, "id", 3, 1, wanted.config), guard).problems
    assert "It waits since 2026-01-01T12:00:00Z, for 0 minutes" in problem.message


EXEMPT = {
    "model/times.py": "has the helper",
    "scaling/explain.py": "tells what is ahead as ahead",
    "scaling/rates.py": "measures between two looks of one process, whose state a clock that is set clears",
    "run/watch_lag.py": "monotonic",
    "leader/term.py": "monotonic",
    "kafka/committed.py": "monotonic",
    "kubernetes/rights.py": "monotonic",
    "observe/revisions.py": "monotonic",
    "run/progress.py": "looks for what is ahead",
}


def test_no_other_place_subtracts_from_now() -> None:
    root = Path(ingestor_operator.__file__).parent
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
        if any(_is_now(side) for side in (node.left, node.right))
    }
    assert found == set(EXEMPT)


def _is_now(node: ast.expr) -> bool:
    """Whether it is the time as the operator's clock has it."""
    return any(
        (isinstance(part, ast.Name) and part.id in ("now", "utc_now", "monotonic"))
        or (isinstance(part, ast.Attribute) and part.attr in ("now", "timestamp", "monotonic"))
        for part in ast.walk(node)
    )
