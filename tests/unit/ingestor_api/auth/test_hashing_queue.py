"""Turns at hashing: known callers first, of them whose last turn is longest ago, within bounds."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestor_api.auth.hashing_queue import (
    KNOWN_IN_A_ROW,
    WAITING,
    WAITING_OF_ONE,
    HashingQueue,
    LastTurns,
    Party,
)
from ingestor_api.errors import Problem

OWNER = Party(b"owner", is_known=True)


def stranger(number: int) -> Party:
    return Party(b"stranger %d" % number, is_known=False)


def known(number: int) -> Party:
    return Party(b"known %d" % number, is_known=True)


class Crowd:
    """Callers of a queue whose turns end when the test says so."""

    def __init__(self, queue: HashingQueue) -> None:
        self._queue = queue
        self._turns_end = False
        self._end = asyncio.Event()
        self.served: list[Party] = []
        self.refused: list[Party] = []
        self.came: Counter[Party] = Counter()
        self.tasks: list[asyncio.Task[None]] = []

    def waiting(self) -> Counter[Party]:
        return self.came - Counter(self.served) - Counter(self.refused)

    async def come(self, *parties: Party) -> None:
        self.came.update(parties)
        for party in parties:
            self.tasks.append(asyncio.create_task(self._call(party)))
        await settled()

    async def end_turn(self) -> None:
        """End the turn that somebody has."""
        self._end.set()
        await settled()

    def end_turns(self) -> None:
        """From now on each turn ends as it begins."""
        self._turns_end = True
        self._end.set()

    async def all_served(self) -> list[Party]:
        """Those who had a turn, in order, once everybody has been served or refused."""
        self.end_turns()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return self.served

    async def _call(self, party: Party) -> None:
        try:
            async with self._queue.turn(party):
                self.served.append(party)
                self._end = asyncio.Event()
                if not self._turns_end:
                    await self._end.wait()
        except Problem as problem:
            self.refused += [party] if problem.status_code == 429 else []


async def settled() -> None:
    """Everybody has gone as far as can be."""
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def crowd(seconds: float = 60.0) -> AsyncIterator[Crowd]:
    """A queue that is busy with a stranger."""
    made = Crowd(HashingQueue(seconds))
    await made.come(stranger(-1))
    yield made
    await made.all_served()


def run(scenario: Callable[[Crowd], Awaitable[None]]) -> None:
    """The scenario with a busy queue, for tests with many inputs."""

    async def all_of_it() -> None:
        async with crowd() as made:
            await scenario(made)

    asyncio.run(all_of_it())


@given(st.lists(st.integers(0, 200), max_size=300))
def test_an_owner_has_the_next_turn_whoever_else_has_come(strangers: list[int]) -> None:
    async def scenario(made: Crowd) -> None:
        await made.come(*map(stranger, strangers))
        await made.come(OWNER)
        assert (await made.all_served())[1] == OWNER

    run(scenario)


@given(st.integers(1, 300), st.integers(0, 30))
def test_one_network_leaves_others_their_places_and_turns(of_one: int, others: int) -> None:
    async def scenario(made: Crowd) -> None:
        await made.come(*[stranger(0)] * of_one)
        await made.come(*(stranger(number) for number in range(1, others + 1)))
        served = (await made.all_served())[1:]
        assert set(map(stranger, range(1, others + 1))) <= set(served[: others + 1])
        assert served.count(stranger(0)) == min(of_one, WAITING_OF_ONE)

    run(scenario)


@given(st.lists(st.integers(0, 100), max_size=300), st.booleans())
def test_never_do_more_wait_than_there_are_places(numbers: list[int], are_known: bool) -> None:
    async def scenario(made: Crowd) -> None:
        kind = known if are_known else stranger
        await made.come(*map(kind, numbers))
        waited = [kind(number) for number in numbers]
        places = min(WAITING, sum(min(WAITING_OF_ONE, waited.count(party)) for party in set(waited)))
        served = (await made.all_served())[1:]
        assert len(served) == places
        assert len(served) + len(made.refused) == len(numbers)

    run(scenario)


async def test_where_all_places_are_taken_the_network_with_most_gives_one() -> None:
    async with crowd() as made:
        greedy = WAITING // WAITING_OF_ONE
        for number in range(greedy):
            await made.come(*[stranger(number)] * WAITING_OF_ONE)
        newcomers = [stranger(number) for number in range(100, 110)]
        await made.come(*newcomers)
        assert len(made.refused) == len(newcomers)
        assert set(made.refused) <= set(map(stranger, range(greedy)))
        assert set(newcomers) <= set((await made.all_served())[1 : 1 + greedy + len(newcomers)])


async def test_where_each_network_has_one_place_and_none_had_a_turn_a_newcomer_is_refused() -> None:
    async with crowd() as made:
        await made.come(*map(stranger, range(WAITING)), stranger(100))
        assert made.refused == [stranger(100)]


async def served_in_turn(made: Crowd, parties: list[Party]) -> None:
    """Each party comes alone, and has a turn."""
    for party in parties:
        await made.come(party)
        await made.end_turn()


@given(
    hammering=st.integers(1, 150),
    places=st.integers(1, 3),
    are_known=st.booleans(),
    has_come_before=st.booleans(),
    random=st.randoms(use_true_random=False),
)
def test_who_comes_rarely_is_served_next_by_however_many_names_another_hammers(
    hammering: int, places: int, are_known: bool, has_come_before: bool, random: Random
) -> None:
    kind = known if are_known else stranger
    parties = [kind(number) for number in range(hammering)]
    owner = kind(1000)

    async def scenario(made: Crowd) -> None:
        await served_in_turn(made, [owner] * has_come_before + parties)
        flood = parties * places
        random.shuffle(flood)
        # One of them is served now.
        await made.come(parties[0], *flood)
        await made.come(owner)
        random.shuffle(flood)
        await made.come(*flood)
        before = len(made.served)
        await made.end_turn()
        assert made.served[before:] == [owner]

    run(scenario)


@given(hammering=st.integers(1, 150), are_known=st.booleans(), random=st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_of_parties_that_all_come_again_and_again_each_has_its_turn(
    hammering: int, are_known: bool, random: Random
) -> None:
    parties = [(known if are_known else stranger)(number) for number in range(hammering)]

    async def scenario(made: Crowd) -> None:
        for _ in range(2):
            before = len(made.served)
            for _ in parties:
                waiting = made.waiting()
                coming = [party for party in parties if party not in waiting]
                random.shuffle(coming)
                await made.come(*coming)
                await made.end_turn()
            assert set(made.served[before:]) == set(parties)

    run(scenario)


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=400))
def test_the_turn_goes_to_who_had_it_longest_ago(steps: list[tuple[int, bool]]) -> None:
    async def scenario(made: Crowd) -> None:
        for number, ends in steps:
            await made.come(known(number))
            if not ends:
                continue
            waiting = made.waiting()
            assert waiting.total() <= WAITING
            assert max(waiting.values(), default=0) <= WAITING_OF_ONE
            last = {party: index for index, party in enumerate(made.served)}
            await made.end_turn()
            if waiting:
                assert last.get(made.served[-1], -1) == min(last.get(party, -1) for party in waiting)

    run(scenario)


def test_last_turns_are_remembered_in_bounded_memory() -> None:
    turns = LastTurns(most=3)
    for key in [b"a", b"b", b"c", b"a", b"d"]:
        turns.count(key)
    assert len(turns) == 3
    assert sorted([b"a", b"b", b"c", b"d"], key=turns.last) == [b"b", b"c", b"a", b"d"]
    assert turns.last(b"b") == 0


async def test_who_hammers_at_an_account_of_his_own_does_not_keep_strangers_out() -> None:
    async with crowd() as made:
        await made.come(*[OWNER] * WAITING_OF_ONE, stranger(1))
        assert (await made.all_served()).index(stranger(1)) == 1 + KNOWN_IN_A_ROW


async def test_nobody_waits_beyond_the_bound() -> None:
    async with crowd(seconds=0) as made:
        await made.come(OWNER, stranger(1))
        assert sorted(made.refused, key=lambda party: party.key) == [OWNER, stranger(1)]
        assert await made.all_served() == [stranger(-1)]


@pytest.mark.parametrize("has_turn", [False, True])
async def test_who_gives_up_leaves_its_place_and_its_turn_to_the_others(has_turn: bool) -> None:
    async with crowd() as made:
        await made.come(OWNER, stranger(1))
        if has_turn:
            # The turn is handed over, and its new holder has not woken yet.
            made.end_turns()
            await asyncio.sleep(0)
        made.tasks[1].cancel()
        await settled()
        assert await made.all_served() == [stranger(-1), stranger(1)]
        await made.come(OWNER)
        assert made.served[-1] == OWNER
