"""Which topics are the operator's to change, by what marks and status say."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestor_operator.kafka.facts import KafkaFacts, TopicFacts
from ingestor_operator.kafka.marks import OwnerMark, dump_mark, load_mark
from ingestor_operator.model.resource import Resource
from ingestor_operator.observe.observation import Observation as Look
from ingestor_operator.plan.ownership import ADOPT_TOPIC, RENEW_AFTER, Neighbours, is_made, plan_mark
from ingestor_operator.plan.plan import Plan, make_plan
from ingestor_operator.plan.topics import SetConfig, TopicPlan, plan_topics
from ingestor_operator.scaling import Observation, ScalingState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GROUP = Observation(time=0, replicas=1, ready=1)
OWN = OwnerMark("school/quiz", "11111111-2222-3333-4444-555555555555", "n", "id", made=True, renewed=NOON.timestamp())
TOLD = {"name": "quiz-events", "id": "id", "partitions": 3}
CONSUMERS = {"replicas": 1, "ready": 1, "desired": 1, "lagState": "Known"}
HERE = Neighbours((), namespace="n")


def topic(mark: OwnerMark | None = None, **config: str) -> TopicFacts:
    settings = {"cleanup.policy": "delete", "retention.ms": "604800000"}
    return TopicFacts("quiz-events", "id", 3, 1, settings | {k.replace("_", "."): v for k, v in config.items()}, mark)


def facts(found: TopicFacts, unmarkable: str | None = None) -> KafkaFacts:
    return KafkaFacts({found.name: found}, unmarkable=unmarkable)


def planned(
    resource: Resource, found: TopicFacts, unmarkable: str | None = None, neighbours: Neighbours = HERE
) -> TopicPlan:
    return plan_topics(resource, facts(found, unmarkable), GROUP, neighbours, NOON)


def whole_plan(resource: Resource, found: KafkaFacts, namespace: str = "n") -> Plan:
    return make_plan(Look(NOON, resource, (), {}, {}, found, namespace=namespace), ScalingState())[0]


def condition(kind: str, reason: str) -> dict[str, Any]:
    return {
        "type": kind,
        "status": "False",
        "reason": reason,
        "message": "",
        "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("mark", "status", "made"),
    [
        (None, {}, False),
        (OWN, {}, True),
        (OwnerMark("school/quiz", OWN.uid, "n", "id", made=False, renewed=0), {}, False),
        # One of the same name in the same namespace, which is gone, was made for this one too.
        (OwnerMark("school/quiz", "gone", "n", "id", made=True, renewed=0), {}, True),
        (OwnerMark("school/quiz", "gone", "other", "id", made=True, renewed=0), {}, False),
        (OwnerMark("school/other", "gone", "n", "id", made=True, renewed=0), {}, False),
        # Marks that have expired, or cannot be written: what the status says.
        (None, {"topic": TOLD | {"made": True}}, True),
        (None, {"topic": TOLD | {"made": True, "id": None}}, True),
        (None, {"topic": TOLD | {"made": True, "id": "before"}}, False),
        (None, {"topic": TOLD | {"made": False}}, False),
        # A release without marks kept the settings of whatever topic it was given.
        (None, {"topic": TOLD}, True),
        (None, {"topic": TOLD | {"id": "before"}}, False),
        (None, {"topic": TOLD, "conditions": [condition("TopicReady", "TopicClaimed")]}, False),
        # It only observed, or does so for a while, before an upgrade for instance.
        (None, {"topic": TOLD, "conditions": [condition("Ready", "Observing")]}, False),
        (None, {"topic": TOLD, "conditions": [condition("Ready", "Observing")], "consumer": CONSUMERS}, True),
        (None, {"topic": TOLD | {"made": True}, "conditions": [condition("Ready", "Observing")]}, True),
    ],
)
def test_made_is_what_the_mark_or_else_the_status_says(
    make_resource: Any, mark: OwnerMark | None, status: dict[str, Any], made: bool
) -> None:
    found = topic(mark)
    assert is_made(make_resource(status=status), found, facts(found), HERE) is made


def test_a_found_topic_is_marked_first_and_then_used_as_it_is(make_resource: Any) -> None:
    resource = make_resource()
    first = planned(resource, topic(retention_ms="1000"))
    assert first.actions == ()
    assert first.refusal is not None
    assert first.refusal.reason == "Reconciling"
    (mark,) = first.marks
    assert (mark.mark.uid, mark.mark.made, mark.mark.topic) == (resource.uid, False, "id")
    plan = planned(resource, topic(mark.mark, retention_ms="1000"))
    assert (plan.refusal, plan.marks) == (None, ())
    assert [type(action).__name__ for action in plan.actions] == ["CreateTopic"]
    (problem,) = plan.problems
    assert problem.reason == "TopicDiffers"
    assert "with retention.ms 1000 instead of 604800000;" in problem.message
    assert f'{ADOPT_TOPIC}: "true"' in problem.message


def test_the_annotation_lets_a_found_topic_be_changed(make_resource: Any) -> None:
    mark = OwnerMark("school/quiz", OWN.uid, "n", "id", made=False, renewed=NOON.timestamp())
    adopting = make_resource(annotations={ADOPT_TOPIC: "true"})
    plan = planned(adopting, topic(mark, retention_ms="1000"))
    assert SetConfig("quiz-events", {"retention.ms": "604800000"}) in plan.actions
    assert plan.problems == ()


def test_a_made_topic_is_kept_to_its_settings(make_resource: Any) -> None:
    plan = planned(make_resource(), topic(OWN, cleanup_policy="compact"))
    assert SetConfig("quiz-events", {"cleanup.policy": "delete"}) in plan.actions


@pytest.mark.parametrize("policy", ["compact", "compact,delete", "delete,compact"])
@pytest.mark.parametrize("annotations", [{}, {ADOPT_TOPIC: "true"}])
def test_a_compacted_topic_is_refused_and_nothing_is_done(
    make_resource: Any, policy: str, annotations: dict[str, str]
) -> None:
    plan = whole_plan(make_resource(annotations=annotations), facts(topic(cleanup_policy=policy)))
    assert plan.claim is not None
    assert plan.claim.reason == "TopicCompacted"
    assert f"cleanup.policy={policy}" in plan.claim.message
    assert (plan.topics.actions, plan.topics.marks, plan.decision) == ((), (), None)


def test_one_that_only_observes_marks_nothing(make_resource: Any) -> None:
    plan = planned(make_resource("minimal", {"mode": "Observe"}), topic())
    assert (plan.marks, plan.refusal) == ((), None)


def test_an_installation_of_a_release_without_marks_goes_on_while_it_is_marked(make_resource: Any) -> None:
    plan = planned(make_resource(status={"topic": TOLD}), topic(retention_ms="1000"))
    assert plan.refusal is None
    assert [mark.mark.made for mark in plan.marks] == [True]
    assert SetConfig("quiz-events", {"retention.ms": "604800000"}) in plan.actions


def test_without_the_right_to_mark_it_says_so_and_goes_on(make_resource: Any) -> None:
    plan = planned(make_resource(), topic(), unmarkable="Broker: Group authorization failed")
    assert plan.refusal is None
    assert [problem.reason for problem in plan.problems] == ["TopicUnmarked"]
    assert "Group authorization failed" in plan.problems[0].message


@pytest.mark.parametrize(("age", "renewed"), [(timedelta(0), False), (RENEW_AFTER, True)])
def test_a_mark_is_renewed_long_before_kafka_drops_it(make_resource: Any, age: timedelta, renewed: bool) -> None:
    mark = plan_mark(make_resource(), topic(OWN), made=True, neighbours=HERE, now=NOON + age)
    assert (mark is not None) is renewed
    if mark:
        assert mark.renews


def test_two_that_have_written_at_once_do_not_both_go_on(make_resource: Any) -> None:
    one, other = make_resource(uid="a"), make_resource(uid="b")
    (first,) = planned(one, topic()).marks
    (second,) = planned(other, topic(), neighbours=Neighbours((), namespace="elsewhere")).marks
    for last, reasons in ((first, [None, "TopicClaimed"]), (second, ["TopicClaimed", None])):
        after = facts(topic(last.mark))
        plans = [whole_plan(one, after), whole_plan(other, after, "elsewhere")]
        assert [plan.claim.reason if plan.claim else None for plan in plans] == reasons


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=20))
def test_in_whatever_order_two_operators_read_and_write_one_of_them_yields(
    make_resource: Any, steps: list[tuple[str, bool]]
) -> None:
    resources = {uid: make_resource(uid=uid) for uid in "ab"}
    mark: OwnerMark | None = None
    pending: dict[str, OwnerMark] = {}

    def look(uid: str) -> Plan:
        return whole_plan(resources[uid], facts(topic(mark)), namespace=f"of-{uid}")

    # A step reads and plans, or writes what was planned by what may be old by now. At the end all do both.
    for uid, writes in [*steps, ("a", True), ("b", True), ("a", False), ("b", False), ("a", True), ("b", True)]:
        if not writes:
            pending.pop(uid, None)
            for planned_mark in look(uid).topics.marks:
                pending[uid] = planned_mark.mark
        elif uid in pending:
            mark = pending.pop(uid)
    plans = [look(uid) for uid in "ab"]
    assert sorted(plan.claim.reason if plan.claim else "" for plan in plans) == ["", "TopicClaimed"]


@given(st.text() | st.integers(1, 4_000).map(lambda levels: '{"x":' + "[" * levels))
def test_metadata_of_somebody_else_is_no_mark(text: str) -> None:
    assert load_mark(text, "id") is None


@given(st.sampled_from(["owner", "uid", "namespace"]), st.text(min_size=65))
def test_a_mark_with_names_that_kubernetes_does_not_give_is_none(field: str, text: str) -> None:
    assert load_mark(json.dumps({**msgspec.to_builtins(OWN), field: text}), "id") is None


@pytest.mark.parametrize(
    "owner", ["", "/", "quiz", "school/", "/quiz", "a/b/c", "../quiz", "School/quiz", "a b/quiz", "a/q\n"]
)
def test_a_mark_of_no_resource_is_none(owner: str) -> None:
    assert load_mark(json.dumps({**msgspec.to_builtins(OWN), "owner": owner}), "id") is None


def test_a_mark_comes_back_as_it_was_written_and_counts_for_its_topic_alone() -> None:
    assert load_mark(dump_mark(OWN), "id") == OWN
    assert load_mark(dump_mark(OWN) + "\0", "id") == OWN
    assert load_mark(dump_mark(OWN), "another") is None
    assert load_mark(None, "id") is None
