"""Odd events by every path: alone and in a batch over HTTP, and as records of another team's producer."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import aiohttp
import asyncpg
import pytest
from integration.consumer.world import World
from odd_inputs import GOOD, ID, OddEvent, odd_events
from services import Api, running_api, token

ODD = list(odd_events())
TAKEN = [place for place, event in enumerate(ODD) if event.faulty is None]
PATHS = ("single", "batch", "record")
"""Their events differ in nothing but the id, and not in its length: a refusal names places in the event."""


@pytest.fixture
def direct_api(world: World, tmp_path: Path) -> Iterator[Api]:
    """An API that stores directly where the world's consumer stores."""
    with running_api({"DATABASE_URL": world.database}, tmp_path / "api.log") as running:
        yield running


@pytest.fixture
def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {token('WRITE')}"}


def session_of(place: int, path: str) -> UUID:
    return uuid5(UUID(ID), f"{place} {path}")


def event_id_of(place: int, path: str) -> str:
    return f"{place} {path:.<6}"


def written(place: int, path: str) -> bytes:
    """The odd event, with a session and an id of its own for each path where it has none itself."""
    return ODD[place].written(GOOD | {"event_id": event_id_of(place, path), "session_id": str(session_of(place, path))})


async def post(http: aiohttp.ClientSession, url: str, body: bytes) -> tuple[int, dict[str, Any]]:
    async with http.post(url, data=body) as response:
        return response.status, await response.json()


async def rows(database: str) -> dict[tuple[int, str], dict[str, Any]]:
    """What is stored of each odd event by each path, without what makes it another event."""
    connection = await asyncpg.connect(database)
    try:
        stored = [dict(row) for row in await connection.fetch("SELECT * FROM events")]
    finally:
        await connection.close()
    places = {session_of(place, path): (place, path) for place in range(len(ODD)) for path in PATHS}
    by_id = {event_id_of(place, path): (place, path) for place, path in places.values()}
    return {by_id.get(row["event_id"]) or places[row["session_id"]]: row for row in stored}


def comparable(row: dict[str, Any], event: OddEvent) -> dict[str, Any]:
    own = {"event_id", "session_id"} - event.values.keys()
    return {name: value for name, value in row.items() if name not in own and name != "received_at"}


def require_values(row: dict[str, Any], event: OddEvent) -> None:
    assert {name: row[name] for name in event.values} == event.values, event.name


async def test_every_path_takes_the_same_odd_events_stores_the_same_rows_and_refuses_the_others_in_the_same_words(
    world: World, direct_api: Api, headers: dict[str, str]
) -> None:
    for place in range(len(ODD)):
        world.put(written(place, "record"), str(session_of(place, "record")).encode())
    world.flush()
    consumer = world.consumer()
    async with aiohttp.ClientSession(headers=headers) as http:
        places = range(len(ODD))
        singles = await asyncio.gather(
            *(post(http, f"{direct_api.url}/api/events", written(place, "single")) for place in places)
        )
        batch = b"[" + b",".join(written(place, "batch") for place in places) + b"]"
        status, answer = await post(http, f"{direct_api.url}/api/events/batch", batch)
        await world.balanced()
        require_same_refusals(singles, status, answer)
        letters = await world.query("SELECT error FROM dead_letters WHERE reason = 'invalid_event'")
        assert sorted(letters) == sorted(answer["error"][:1000] for status, answer in singles if status == 400)
        stored = await rows(world.database)
        assert stored.keys() == {(place, path) for place in TAKEN for path in PATHS}
        for place in TAKEN:
            single, *others = (comparable(stored[place, path], ODD[place]) for path in PATHS)
            require_values(stored[place, "single"], ODD[place])
            assert [single, single] == others, ODD[place].name
        await require_retries(http, direct_api)
    assert len(await rows(world.database)) == len(stored)
    consumer.wait_ready()


def require_same_refusals(singles: Sequence[tuple[int, dict[str, Any]]], status: int, answer: dict[str, Any]) -> None:
    """The batch is taken but for those events that are refused alone, for the same reasons."""
    assert status == 201
    refused = {place: body["error"] for place, (status, body) in enumerate(singles) if status == 400}
    assert {status for status, _ in singles} == {201, 400}
    assert sorted(refused) == [place for place in range(len(ODD)) if place not in TAKEN]
    assert {rejection["index"]: rejection["reason"] for rejection in answer["rejected"]} == refused


async def require_retries(http: aiohttp.ClientSession, api: Api) -> None:
    """What the consumer stored is the same event when it is sent again, over the other path."""
    for place in TAKEN:
        status, answer = await post(http, f"{api.url}/api/events", written(place, "record"))
        assert (status, answer["receipt"]) == (201, {"stored": True, "duplicate": True}), ODD[place].name
