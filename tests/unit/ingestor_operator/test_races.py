"""Resources that want the same topics or group in the same moment, and operators that die between any two calls."""

import asyncio
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.conftest import read_sample
from unit.ingestor_operator.shared_kafka import Namespace, SharedKafka, Turns

from ingestor_operator.plan.ownership import YIELDS

Names = tuple[str, str, str]
"""Topic, dead-letter topic and group."""
CLAIMS: dict[str, tuple[Names, Names]] = {
    "all": (("t", "t.dlq", "g"), ("t", "t.dlq", "g")),
    "dead letters first by name": (("t", "dlq", "g"), ("t", "dlq", "g")),
    "topic": (("t", "a.dlq", "ga"), ("t", "z.dlq", "gb")),
    "dead letters": (("a", "m.dlq", "ga"), ("z", "m.dlq", "gb")),
    "crossed": (("a", "z", "ga"), ("z", "a", "gb")),
}
GROUP: tuple[Names, Names] = ("a", "a.dlq", "g"), ("b", "b.dlq", "g")
KINDS = st.sampled_from([*CLAIMS.values()])
OF_THREE: list[tuple[Names, ...]] = [
    (("t", "t.dlq", "g"),) * 3,
    (("t", "a.dlq", "ga"), ("t", "m.dlq", "gb"), ("t", "z.dlq", "gc")),
    (("a", "m.dlq", "ga"), ("n", "m.dlq", "gb"), ("z", "m.dlq", "gc")),
    (("a", "a.dlq", "g"), ("b", "b.dlq", "g"), ("c", "c.dlq", "g")),
]
"""Every two of them claim the same: topics and group, the topic, the dead letters, or the group."""
Bursts = list[tuple[int, str]]
"""Who goes on, and up to which call, one burst after the other."""
WRITES = ("create_topic", "set_mark", "write_status", "apply")
BURSTS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(WRITES)), max_size=12)
ROUNDS = 8
"""More than it takes until nothing changes any more."""


def body(name: str, namespace: str, names: Names) -> dict[str, Any]:
    made: dict[str, Any] = deepcopy(read_sample("minimal"))
    topic, dead, group = names
    kafka = {"topic": {"name": topic}, "deadLetterTopic": {"name": dead}, "consumerGroup": group}
    made["spec"]["kafka"] |= kafka
    created = {"creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1}
    return made | {"metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}"} | created}


def choosing(bursts: Bursts) -> Callable[[list[str]], int]:
    """Whose turn it is, as drawn, and then each one's.

    What goes wrong goes wrong between somebody's look and its write: each burst ends directly before one.
    """
    drawn = iter(bursts)
    burst = next(drawn, None)
    turn = made = 0

    def choose(calls: list[str]) -> int:
        nonlocal burst, turn, made
        if burst and made and calls[burst[0] % len(calls)] == burst[1]:
            burst, made = next(drawn, None), 0
        turn, made = turn + 1, made + 1
        return (burst[0] if burst else turn) % len(calls)

    return choose


class Race:
    """Resources of one operator, or two of two operators that do not see each other."""

    def __init__(self, claims: tuple[Names, ...], *, operators: int) -> None:
        self.turns = Turns()
        self.kafka = SharedKafka(self.turns)
        self.places = [Namespace(f"n{number}", self.turns) for number in range(operators)]
        self.where = {name: self.places[min(n, operators - 1)] for n, name in enumerate("abc"[: len(claims)])}
        for (name, place), names in zip(self.where.items(), claims, strict=True):
            place.bodies[name] = body(name, place.name, names)
        self.restart()

    def restart(self) -> None:
        """All operators begin anew, with what Kafka and Kubernetes hold."""
        started = {place.name: place.operator(self.kafka) for place in self.places}
        self.operators = {name: started[place.name] for name, place in self.where.items()}

    async def rounds(self, name: str, count: int) -> None:
        """So many looks at the resource, one after the other."""
        for _ in range(count):
            await self.operators[name].reconcile(self.where[name].name, name)
            assert self.where[name].reason(name, "Ready") != "OperatorFailed"

    async def run(self, bursts: Bursts, *crashes: int) -> None:
        """All at once, with a crash after each of these numbers of steps; then everything comes to rest."""
        choose = choosing(bursts)
        for steps in crashes:
            await self.turns.run((self.rounds(name, ROUNDS) for name in self.where), choose, steps)
            self.restart()
        await self.turns.run((self.rounds(name, ROUNDS) for name in self.where), choose)
        # One that was ahead has looked for the last time before the other one wrote.
        await self.turns.run((self.rounds(name, ROUNDS) for name in self.where), choosing([]))

    def reason(self, name: str) -> str:
        return self.where[name].reason(name)

    def losers(self) -> list[str]:
        return [name for name in self.where if self.reason(name) in YIELDS]

    def has_consumers(self, name: str) -> bool:
        return f"Deployment {name}-consumer" in self.owned(name)

    def owned(self, name: str) -> set[str]:
        return self.where[name].owned_by(f"uid-{name}")


@settings(max_examples=60, deadline=None)
@given(KINDS | st.just(GROUP), BURSTS, st.integers(0, 200))
def test_of_one_operators_resources_one_has_all_and_the_other_nothing(
    claims: tuple[Names, Names], bursts: Bursts, steps: int
) -> None:
    race = Race(claims, operators=1)
    asyncio.run(race.run(bursts, steps))
    (loser,) = race.losers()
    (winner,) = set(race.where) - {loser}
    assert race.has_consumers(winner)
    assert race.owned(loser) == set()


@settings(max_examples=60, deadline=None)
@given(KINDS, BURSTS, st.integers(0, 200))
def test_of_two_operators_resources_one_comes_to_have_all(
    claims: tuple[Names, Names], bursts: Bursts, steps: int
) -> None:
    race = Race(claims, operators=2)
    asyncio.run(race.run(bursts, steps))
    (loser,) = race.losers()
    (winner,) = set(race.where) - {loser}
    assert race.has_consumers(winner)
    wanted = set(claims[list(race.where).index(winner)][:2])
    held = {name for name, topic in race.kafka.topics.items() if topic.mark and topic.mark.uid == f"uid-{winner}"}
    assert held == wanted


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(OF_THREE), BURSTS, st.lists(st.integers(0, 60), min_size=1, max_size=3), st.permutations("123"))
def test_who_was_told_that_it_is_anothers_does_not_get_it_after_a_crash(
    claims: tuple[Names, ...], bursts: Bursts, crashes: list[int], days: list[str]
) -> None:
    race = Race(claims, operators=1)
    for body, day in zip(race.places[0].bodies.values(), days, strict=True):
        body["metadata"]["creationTimestamp"] = f"2026-01-0{day}T00:00:00Z"
    asyncio.run(race.run(bursts, *crashes))
    reason = "GroupClaimed" if claims == OF_THREE[-1] else "TopicClaimed"
    (winner,) = set(race.where) - set(race.losers())
    assert race.places[0].warned(reason) == set(race.where) - {winner}
    assert {race.reason(name) for name in race.losers()} == {reason}
    assert race.reason(winner) == "TopicsReady"
    assert {topic.mark and topic.mark.made for topic in race.kafka.topics.values()} == {True}


def test_who_is_about_to_mark_a_topic_looks_once_more_whether_somebody_has_it() -> None:
    race = Race(CLAIMS["all"], operators=2)
    # The one has made the topic, and stands still until the other has both, and consumers.
    bursts = [(1, "create_topic"), (1, "mark"), (0, "scale_deployment"), (0, "write_status")]
    asyncio.run(race.run(bursts, 10_000))
    assert race.losers() == ["b"]
    assert race.has_consumers("a")
    assert race.owned("b") == set()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=4))
def test_a_topic_stays_the_operators_own_wherever_it_dies(crashes: list[int]) -> None:
    async def scenario() -> None:
        for steps in crashes:
            await race.turns.run([race.rounds("a", ROUNDS)], lambda calls: 0, steps)
            race.restart()
        await race.rounds("a", ROUNDS)

    race = Race(CLAIMS["all"], operators=1)
    del race.where["b"], race.places[0].bodies["b"]
    asyncio.run(scenario())
    assert race.reason("a") == "TopicsReady"
    assert {name: topic.mark and topic.mark.made for name, topic in race.kafka.topics.items()} == {
        "t": True,
        "t.dlq": True,
    }
    status = race.where["a"].bodies["a"]["status"]
    assert (status["topic"]["made"], status["deadLetterTopic"]["made"]) == (True, True)
