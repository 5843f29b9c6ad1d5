"""What resources hold while their specs change, Kafka refuses, and they are deleted again."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from confluent_kafka import KafkaError
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.conftest import changed
from unit.ingestor_operator.shared_kafka import Namespace, SharedKafka, Turns
from unit.ingestor_operator.test_races import ROUNDS, Names, body

from ingestor_operator.deletion import Farewell
from ingestor_operator.kafka.facts import TopicFacts
from ingestor_operator.model.resource import parse
from ingestor_operator.plan.ownership import ADOPT_TOPIC
from ingestor_operator.plan.problem import Problem

HERE, THERE = "kafka.school.svc:9092", "other.school.svc:9092"
SHARED: Names = ("t", "t.dlq", "g")
Changes = dict[str, Any]
DELETES: Changes = {"kafka.topic.deletionPolicy": "Delete"}
COMPACTED = {"cleanup.policy": "compact"}


class School:
    """An operator, two Kafkas, and resources that a person makes, changes and deletes."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.kafkas = {HERE: SharedKafka(self.turns), THERE: SharedKafka(self.turns)}
        self.kafka = self.kafkas[HERE]
        self.place = Namespace("n0", self.turns)
        self.restart()

    def restart(self) -> None:
        self.operator = self.place.operator(self.kafkas)

    def make(self, name: str, names: Names, day: int, changes: Changes | None = None, *, adopts: bool = False) -> None:
        made = body(name, "n0", names)
        made["metadata"] |= {"creationTimestamp": f"2026-01-0{day}T00:00:00Z"}
        if adopts:
            made["metadata"] |= {"annotations": {ADOPT_TOPIC: "true"}}
        self.place.bodies[name] = made
        self.change(name, {"kafka.bootstrapServers": HERE} | (changes or {}))

    def change(self, name: str, changes: Changes) -> None:
        found = deepcopy(self.place.bodies[name])
        for path, value in changes.items():
            changed(found, path, value)
        found["metadata"]["generation"] += 1
        self.place.bodies[name] = found

    async def look(self, *names: str, times: int = ROUNDS) -> None:
        for _ in range(times):
            for name in names:
                await self.operator.reconcile("n0", name)
                self.run_pods()

    def run_pods(self) -> None:
        """Every Deployment has the pods that it asks for."""
        for (kind, _), live in self.place.live.items():
            if kind == "Deployment":
                count = live["spec"].setdefault("replicas", 1)
                live["metadata"]["generation"] = 1
                pods = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"), count)
                live["status"] = {"observedGeneration": 1, **pods}

    async def delete(self, name: str) -> Problem | None:
        """Why it has to stay; None where it goes."""
        going = deepcopy(self.place.bodies[name])
        going["metadata"]["deletionTimestamp"] = datetime.now(UTC).isoformat()
        self.place.bodies[name] = going
        problem = await Farewell(self.operator, self.place, timedelta(minutes=10)).release(parse(going))
        if problem is None:
            del self.place.bodies[name]
        return problem

    def strangers_topic(self, kafka: SharedKafka, name: str, config: dict[str, str] = COMPACTED) -> TopicFacts:
        kafka.topics[name] = TopicFacts(name, f"strangers {name}", 3, 1, config)
        return kafka.topics[name]

    def forget_marks(self) -> None:
        """As Kafka does where nobody has renewed them for days."""
        for name, topic in self.kafka.topics.items():
            self.kafka.topics[name] = replace(topic, mark=None)

    def reason(self, name: str) -> str:
        return self.place.reason(name)

    def message(self, name: str) -> str:
        conditions = self.place.bodies[name]["status"]["conditions"]
        return next(str(item["message"]) for item in conditions if item["type"] == "TopicReady")

    def with_consumers(self) -> list[str]:
        return sorted(name for name in self.place.bodies if ("Deployment", f"{name}-consumer") in self.place.live)


def play(scene: Callable[[School], Awaitable[None]]) -> School:
    school = School()
    asyncio.run(scene(school))  # type: ignore[arg-type]
    return school


def test_a_topic_that_one_kafka_did_not_make_in_time_is_a_strangers_in_another() -> None:
    async def scene(school: School) -> None:
        school.kafka.refuses_topics = KafkaError._TIMED_OUT
        theirs = school.strangers_topic(school.kafkas[THERE], "t")
        school.make("a", SHARED, 1, DELETES)
        await school.look("a")
        assert school.place.bodies["a"]["status"]["topic"]["made"]
        school.change("a", {"kafka.bootstrapServers": THERE})
        await school.look("a")
        assert school.reason("a") == "TopicCompacted"
        assert await school.delete("a") is None
        assert school.kafkas[THERE].topics["t"] == theirs

    play(scene)


@settings(max_examples=60, deadline=None)
@given(steps=st.integers(0, 30), looks=st.integers(0, 3), answers=st.booleans())
def test_a_topic_that_a_slow_kafka_made_stays_the_resources_own(steps: int, looks: int, answers: bool) -> None:
    async def scene(school: School) -> None:
        school.kafka.loses_answers = not answers
        school.make("a", SHARED, 1, DELETES)
        # The operator dies anywhere; the marks are not taken for some looks more.
        await school.turns.run([school.look("a")], lambda calls: 0, steps)
        school.restart()
        school.kafka.fails_marks = True
        await school.look("a", times=looks)
        school.kafka.fails_marks = school.kafka.loses_answers = False
        await school.look("a")
        assert school.reason("a") == "TopicsReady"
        assert school.place.bodies["a"]["status"]["topic"]["made"]
        assert await school.delete("a") is None
        assert school.kafka.topics == {}

    play(scene)


def test_what_kafka_refuses_at_each_look_stays_the_reason() -> None:
    async def scene(school: School) -> None:
        school.kafka.refuses_topics = KafkaError.POLICY_VIOLATION
        school.make("a", SHARED, 1)
        await school.look("a")
        reason = school.reason("a")
        school.place.statuses.clear()
        await school.look("a")
        written = [item for status in school.place.statuses for item in status["conditions"]]
        assert {item["reason"] for item in written if item["type"] == "TopicReady"} <= {reason}

    play(scene)


@settings(max_examples=40, deadline=None)
@given(steps=st.integers(0, 20))
def test_a_topic_that_somebody_else_made_just_before_is_not_the_resources_own(steps: int) -> None:
    async def scene(school: School) -> None:
        school.make("a", SHARED, 1, DELETES)
        await school.turns.run([school.look("a")], lambda calls: 0, steps)
        school.restart()
        if "t" in school.kafka.topics:
            return

        async def make_theirs() -> None:
            await school.turns.wait("make theirs")
            school.strangers_topic(school.kafka, "t", {"retention.ms": "-1"})

        def when_it_is_about_to_be_made(calls: list[str]) -> int:
            theirs = calls.index("make theirs") if "make theirs" in calls else None
            if theirs is None or len(calls) == 1 or "create_topic" in calls:
                return theirs or 0
            return 1 - theirs

        await school.turns.run([school.look("a", times=1), make_theirs()], when_it_is_about_to_be_made)
        await school.look("a")
        assert await school.delete("a") is None
        assert school.kafka.topics["t"].config == {"retention.ms": "-1"}

    play(scene)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 20))
def test_a_topic_that_kafka_refused_to_make_is_a_strangers_when_it_comes(steps: int) -> None:
    async def scene(school: School) -> None:
        school.kafka.refuses_topics = KafkaError.POLICY_VIOLATION
        school.make("a", SHARED, 1, DELETES)
        # The operator dies anywhere, also between what it intends and Kafka's word.
        await school.turns.run([school.look("a")], lambda calls: 0, steps)
        school.restart()
        await school.look("a")
        assert not school.place.bodies["a"]["status"]["topic"]["made"]
        theirs = school.strangers_topic(school.kafka, "t", {"retention.ms": "-1"})
        await school.look("a")
        assert await school.delete("a") is None
        assert school.kafka.topics["t"].config == theirs.config

    play(scene)


@pytest.mark.parametrize("refuses_marks", ["no right", None])
def test_who_observes_for_a_while_keeps_its_topics(refuses_marks: str | None) -> None:
    async def scene(school: School) -> None:
        school.kafka.refuses_marks = refuses_marks
        school.make("a", SHARED, 2)
        await school.look("a")
        school.change("a", {"mode": "Observe"})
        await school.look("a")
        school.forget_marks()
        school.make("b", SHARED, 1, DELETES, adopts=True)
        await school.look("a", "b")
        # Where marks are, the annotation takes the topics over, and the one that observes is told so.
        assert await school.delete("b") is None
        assert set(school.kafka.topics) == {"t", "t.dlq"}

    play(scene)


@pytest.mark.parametrize("days", [(1, 2), (2, 1)])
def test_who_observes_for_a_while_keeps_its_group(days: tuple[int, int]) -> None:
    async def scene(school: School) -> None:
        school.make("a", ("ta", "ta.dlq", "g"), days[0])
        await school.look("a")
        school.make("b", ("tb", "tb.dlq", "g"), days[1])
        await school.look("a", "b")
        assert school.reason("b") == "GroupClaimed"
        school.change("a", {"mode": "Observe"})
        await school.look("a", "b")
        assert school.reason("b") == "GroupClaimed"
        school.change("a", {"mode": "Enforce"})
        await school.look("a", "b")
        assert (school.reason("a"), school.reason("b"), school.with_consumers()) == (
            "TopicsReady",
            "GroupClaimed",
            ["a"],
        )

    play(scene)


def test_who_has_only_ever_observed_keeps_nothing_from_others() -> None:
    async def scene(school: School) -> None:
        school.make("a", SHARED, 1, {"mode": "Observe"})
        await school.look("a")
        school.make("b", SHARED, 2)
        await school.look("a", "b")
        assert (school.reason("b"), school.with_consumers()) == ("TopicsReady", ["b"])

    play(scene)


def test_a_compacted_topic_that_was_never_used_is_not_deleted() -> None:
    async def scene(school: School) -> None:
        theirs = school.strangers_topic(school.kafka, "schemas")
        school.make("a", ("t", "schemas", "g"), 1, DELETES, adopts=True)
        await school.look("a")
        assert school.reason("a") == "TopicCompacted"
        assert await school.delete("a") is None
        assert school.kafka.topics == {"schemas": theirs}

    play(scene)


def test_topics_that_were_found_by_who_had_no_group_are_not_deleted() -> None:
    async def scene(school: School) -> None:
        school.make("a", SHARED, 1)
        await school.look("a")
        for name in ("orders", "orders.dlq"):
            school.strangers_topic(school.kafka, name, {"retention.ms": "-1"})
        school.make("b", ("orders", "orders.dlq", "g"), 2, DELETES, adopts=True)
        await school.look("b")
        assert school.reason("b") == "GroupClaimed"
        assert await school.delete("b") is None
        assert set(school.kafka.topics) == {"t", "t.dlq", "orders", "orders.dlq"}

    play(scene)


def test_a_found_topic_that_was_taken_over_is_deleted_with_its_resource() -> None:
    async def scene(school: School) -> None:
        for name in SHARED[:2]:
            school.strangers_topic(school.kafka, name, {"retention.ms": "-1"})
        school.make("a", SHARED, 1, DELETES, adopts=True)
        await school.look("a")
        assert await school.delete("a") is None
        assert school.kafka.topics == {}

    play(scene)


def test_who_has_waited_for_another_still_knows_what_it_has_made() -> None:
    async def scene(school: School) -> None:
        school.kafka.refuses_marks = "no right"
        school.make("a", SHARED, 2, DELETES)
        await school.look("a")
        # Somebody older comes by another address, and is told of; then it goes.
        school.make("b", SHARED, 1)
        status = {"name": "t", "id": school.kafka.topics["t"].id, "made": True, "bootstrapServers": HERE}
        school.place.bodies["b"]["status"] = {"topic": status}
        await school.look("a")
        assert school.reason("a") == "TopicClaimed"
        del school.place.bodies["b"]
        school.change("a", {"kafka.topic.retentionHours": 24})
        await school.look("a")
        assert school.reason("a") in ("TopicsReady", "TopicUnmarked")
        assert school.kafka.topics["t"].config["retention.ms"] == str(24 * 3_600_000)
        assert await school.delete("a") is None
        assert school.kafka.topics == {}

    play(scene)


def test_a_claim_in_one_kafka_is_not_told_of_another_that_does_not_answer() -> None:
    async def scene(school: School) -> None:
        school.make("a", SHARED, 1)
        await school.look("a")
        school.make("b", ("t", "t.dlq", "gb"), 2)
        await school.look("b")
        assert school.reason("b") == "TopicClaimed"
        school.kafka.is_away = True
        await school.look("b")
        assert school.reason("b") == "TopicClaimed"
        school.kafkas[THERE].is_away = True
        school.change("b", {"kafka.bootstrapServers": THERE})
        await school.look("b")
        assert school.reason("b") == "KafkaUnreachable"

    play(scene)


def test_nobody_waits_for_the_status_of_a_paused_resource() -> None:
    async def scene(school: School) -> None:
        for name in SHARED[:2]:
            school.strangers_topic(school.kafka, name, {"retention.ms": "-1"})
        school.make("a", SHARED, 1)
        school.place.refuses_status = True
        with pytest.raises(Exception, match="^$"):
            await school.look("a", times=1)
        school.place.refuses_status = False
        school.change("a", {"paused": True})
        school.make("b", ("tb", "tb.dlq", "g"), 2)
        await school.look("a", "b")
        assert school.reason("b") == "TopicsReady"

    play(scene)
