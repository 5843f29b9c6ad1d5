"""An event tells what happened: what merely comes back is a recovery, whatever happened in between."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.status.test_status import condition, counts, pod, told, well, with_status

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kafka.facts import KafkaUnreachable
from ingestor_operator.model.status import Condition, ConditionStatus, ConditionType, Status
from ingestor_operator.observe.answers import Answer
from ingestor_operator.observe.observation import Observation
from ingestor_operator.status.events import Notice, notices, unfinished_warnings
from ingestor_operator.status.status import paused_status

CRASH = {"name": "api", "state": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no memory"}}}
FAULTS = ("database", "kafka", "secret", "crash", "job failed", "job suspended")
"""What somebody has to mend, or that has to come back."""
QUIET = ("rollout", "blip", "pinned")
"""What passes by itself, or is meant."""
TOLD_ALL_THE_SAME = ("shared", "paused")
"""What somebody should know of a resource that is ready."""


@dataclass(frozen=True)
class World:
    """What there is besides the resource."""

    wrong: frozenset[str] = frozenset()
    release: int = 0
    """How many migrations were asked for before."""
    migrated: bool = False

    def toggled(self, what: str) -> "World":
        return replace(self, wrong=self.wrong ^ {what})

    def after(self, step: str) -> "World":
        if step == "another image":
            return replace(self, release=self.release + 1, migrated=False)
        if step == "job completes":
            return replace(self, migrated=True, wrong=self.wrong - {"job failed", "job suspended"})
        # A Job that has completed stays so.
        return self if step.startswith("job ") and self.migrated else self.toggled(step)


def seen(make_resource: Any, world: World, status: Status) -> Observation:
    """What the operator observes of the world."""
    changes = {"api.image": f"api:{world.release}"}
    if "pinned" in world.wrong:
        changes["consumer.replicas"] = {"pinned": 1}  # type: ignore[assignment]
    observation = well(replace(make_resource("minimal", changes), status=status))
    if not world.migrated:
        observation = _with_job(observation, world)
    database = "down: connection refused" if "database" in world.wrong else "up"
    observation = replace(observation, answers={"p": Answer("quiz-consumer-1", "consumer", "", database)})
    if "kafka" in world.wrong:
        observation = replace(observation, kafka=KafkaUnreachable("KafkaUnreachable", "nobody answers"))
    if "secret" in world.wrong:
        observation = replace(observation, secrets={})
    if "shared" in world.wrong:
        observation = replace(observation, same_database=("school/other",))
    return _with_pods(observation, world)


def _with_job(observation: Observation, world: World) -> Observation:
    job = next(name for kind, name in observation.objects if kind == "Job")
    failed = {"type": "Failed", "status": "True", "lastTransitionTime": "2026-01-01T12:00:00Z", "message": "no"}
    found = with_status(observation, "Job", job, {"conditions": [failed]} if "job failed" in world.wrong else {})
    if "job suspended" in world.wrong:
        found.objects["Job", job]["spec"] = found.objects["Job", job]["spec"] | {"suspend": True}
    return found


def _with_pods(observation: Observation, world: World) -> Observation:
    if "crash" in world.wrong or "blip" in world.wrong:
        observation = with_status(observation, "Deployment", "quiz-api", counts(1, 2, 2, 1, 1))
    if "rollout" in world.wrong:
        observation = with_status(observation, "Deployment", "quiz-api", counts(1, 3, 1, 2, 2))
    if "crash" in world.wrong:
        observation = replace(observation, pods=(pod("api", containerStatuses=[CRASH]),))
    if "paused" in world.wrong:
        body = observation.objects["Deployment", "quiz-consumer"]
        paused = body | {"spec": body["spec"] | {"paused": True}}
        observation = replace(observation, objects={**observation.objects, ("Deployment", "quiz-consumer"): paused})
    return observation


STEPS = st.lists(
    st.sampled_from(
        [*FAULTS, *QUIET, *TOLD_ALL_THE_SAME, "another image", "job completes", "job completes", "nothing"]
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=STEPS)
def test_an_event_of_a_deed_is_told_where_it_was_done_and_a_return_is_a_recovery(
    make_resource: Any, steps: list[str]
) -> None:
    world, status = World(), Status()
    for step in ["nothing", *steps]:
        before, world = world, world if step == "nothing" else world.after(step)
        after = told(seen(make_resource, world, status))
        events = notices(status, after, Outcome())
        assert Counter(event.reason for event in events)["Migrated"] == (world.migrated and not before.migrated)
        if world == before and status.conditions:
            assert events == []
        _check_turns(status, after, events)
        status = after


def _check_turns(before: Status, after: Status, events: list[Notice]) -> None:
    """What each condition that turned is told as."""
    warned = before.warned or {}
    for item in after.conditions:
        last = before.condition(item.type)
        own = [event for event in events if event.message.endswith(item.message) and event.reason != "Migrated"]
        if last is None or (last.status, last.reason) == (item.status, item.reason):
            continue
        recovers = [event for event in own if event.reason == "Recovered"]
        assert all(event.type == "Normal" and item.status == "True" for event in recovers)
        if recovers:
            reason = warned.get(item.type, last.reason)
            assert recovers[0].message == f"{reason} is over: {item.message}"
            # Somebody was told, or reads it in Ready.
            assert reason not in ("Migrating", "RollingOut", "PodsNotReady", "Pinned", "AllReady", "PodsReady")
        if item.reason == "AllReady" and not recovers:
            assert last.status != "True"
            assert last.reason in ("Migrating", "RollingOut", "PodsNotReady", "WaitsForMigration")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(faults=st.sets(st.sampled_from(FAULTS[:4]), min_size=1), shared=st.booleans())
def test_an_outage_that_ends_is_a_recovery_and_nothing_else(make_resource: Any, faults: set[str], shared: bool) -> None:
    base = World(frozenset({"shared"} if shared else ()), migrated=True)
    ready = told(seen(make_resource, base, Status()))
    down = told(seen(make_resource, replace(base, wrong=base.wrong | faults), ready))
    back = told(seen(make_resource, base, down))
    assert condition(down, "Ready").status == "False"
    told_of = notices(down, back, Outcome())
    # That the database is shared is as much to be known as it was before.
    assert {event.reason for event in told_of} - {"DatabaseShared"} == {"Recovered"}
    assert f"{condition(down, 'Ready').reason} is over: {condition(back, 'Ready').message}" in {
        event.message for event in told_of
    }


def test_a_database_that_is_back_is_not_migrated_anew(make_resource: Any) -> None:
    base = World(migrated=True)
    ready = told(seen(make_resource, base, Status()))
    down = told(seen(make_resource, base.toggled("database"), ready))
    back = told(seen(make_resource, base, down))
    over = f"DatabaseUnreachable is over: {condition(back, 'DatabaseReady').message}"
    assert Notice("Normal", "Recovered", over) in notices(down, back, Outcome())
    assert "Migrated" not in {event.reason for event in notices(down, back, Outcome())}


PASSING = st.sampled_from(["Reconciling", "ClaimPending", "Migrating", "RollingOut", "NotCreated", "PodsNotReady"])
KINDS: tuple[ConditionType, ...] = ("Ready", "TopicReady", "DatabaseReady", "APIReady", "ConsumerReady")


@given(
    kind=st.sampled_from(KINDS),
    problem=st.sampled_from(["KafkaUnreachable", "ImagePullFailed", "MigrationPodFails", "RolloutFailed"]),
    passing=st.lists(st.tuples(st.sampled_from(["False", "Unknown"]), PASSING), max_size=4),
)
def test_what_was_warned_of_ends_with_a_recovery_whatever_passes_between(
    kind: ConditionType, problem: str, passing: list[tuple[ConditionStatus, str]]
) -> None:
    status = one_condition(Status(), kind, "False", problem)
    for state, reason in passing:
        after = one_condition(status, kind, state, reason)
        assert "Recovered" not in {notice.reason for notice in notices(status, after, Outcome())}
        # A look that failed, or a pause, keeps it.
        status = paused_status(after)
    well_again = one_condition(status, kind, "True", "AllReady")
    assert notices(status, well_again, Outcome()) == [Notice("Normal", "Recovered", f"{problem} is over: A sentence.")]
    # Told once.
    later = one_condition(one_condition(well_again, kind, "False", "RollingOut"), kind, "True", "AllReady")
    assert later.warned is None
    assert "Recovered" not in {notice.reason for notice in notices(well_again, later, Outcome())}


def test_a_number_that_stays_is_not_told_as_the_end_of_an_outage() -> None:
    held = one_condition(Status(), "ScalingActive", "False", "DatabaseUnreachable")
    back = one_condition(held, "ScalingActive", "True", "GroupUnsettled")
    (notice,) = notices(held, back, Outcome())
    assert notice.message == "DatabaseUnreachable no longer keeps the consumers from being scaled."


@pytest.mark.parametrize("chosen", ["Pinned", "AutoscalingDisabled"])
def test_the_end_of_a_choice_is_not_told_as_the_end_of_an_outage_before_it(chosen: str) -> None:
    held = one_condition(Status(), "ScalingActive", "False", "DatabaseUnreachable")
    pinned = one_condition(held, "ScalingActive", "False", chosen)
    active = one_condition(pinned, "ScalingActive", "True", "CapacityMatches")
    assert [notice.reason for notice in notices(pinned, active, Outcome())] == ["CapacityMatches"]


def one_condition(before: Status, kind: ConditionType, status: ConditionStatus, reason: str) -> Status:
    """The status after one of that condition alone."""
    turned = Condition(
        type=kind,
        status=status,
        reason=reason,
        message="A sentence.",
        observed_generation=1,
        last_transition_time="2026-01-01T00:00:00Z",
    )
    return Status(conditions=[turned], warned=unfinished_warnings(before, [turned]) or None)
