"""What the client promises, shown against a small server."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from unit.ingestor_dev.sim.small_api import SmallApi

from ingestor_dev.sim.access import Credentials
from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.events import Event
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.options import Options
from ingestor_dev.sim.tally import Snapshot
from ingestor_dev.sim.traffic import Traffic
from ingestor_dev.sim.truth import Told
from ingestor_dev.sim.truth_lines import truth_lines
from ingestor_dev.sim.world import WorldSize

_SIZE = WorldSize(schools=1, classrooms=2, students=4, quizzes=2, questions=3)


def _options(api: SmallApi, folder: Path) -> Options:
    return Options(
        url=api.url,
        pace=Pace(speed=None, rate=None),
        concurrency=4,
        at_once=2,
        events=60,
        size=_SIZE,
        habits=Habits(repeat=0.1),
        truth=folder / "truth.jsonl",
    )


async def _run(options: Options) -> Snapshot:
    traffic = Traffic(options)
    traffic.start()
    try:
        await asyncio.wait_for(traffic.wait(), timeout=30)
    finally:
        await traffic.stop()
    return traffic.snapshot()


def _truth(folder: Path) -> tuple[dict[str, Event], list[Told]]:
    lines = list(truth_lines(folder / "truth.jsonl"))
    sent = {line.sent.event_id: line.sent for line in lines if line.sent is not None}
    return sent, [line.told for line in lines if line.told is not None]


async def test_the_catalog_is_filled_before_the_first_event(api: SmallApi, tmp_path: Path) -> None:
    at_first_event: list[int] = []

    async def look(request: web.Request) -> None:
        if request.path == "/api/events":
            at_first_event.append(len(api.catalog))

    api.trouble = look
    last = await _run(_options(api, tmp_path))
    # Two quizzes of three questions, two classrooms with their rosters.
    assert at_first_event[0] == 2 + 6 + 2 + 2
    assert last.catalog >= 12


async def test_all_events_arrive_and_all_that_was_told_is_in_the_truth_file(api: SmallApi, tmp_path: Path) -> None:
    last = await _run(_options(api, tmp_path))
    sent, told = _truth(tmp_path)
    assert last.sent == 60 == len(sent)
    assert last.repeats > 0
    assert last.accepted == {"kafka": 60 + last.repeats}
    assert (last.refused, last.retried, last.in_flight) == (0, {}, 0)
    assert last.latency.p50 is not None
    assert Counter(api.event_ids) == Counter(line.event_id for line in told)
    assert set(api.event_ids) == set(sent)


async def test_a_seed_and_a_start_repeat_a_run_to_the_last_field(api: SmallApi, tmp_path: Path) -> None:
    options = _options(api, tmp_path)
    await _run(options)
    first = sorted(map(str, api.events))
    api.events.clear()
    await _run(options)
    assert sorted(map(str, api.events)) == first


async def test_throttled_requests_come_again_when_the_api_says_until_it_takes_them(
    api: SmallApi, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()
    waits: dict[bytes, float] = {}
    early: list[float] = []
    statuses = Counter[int]()

    async def busy(request: web.Request) -> web.Response | None:
        body = await request.read()
        if request.path != "/api/events" or body in waits:
            early.extend(wait for wait in [loop.time() - waits.get(body, 0.0)] if wait < 1.0)
            return None
        waits[body] = loop.time()
        status = 429 if len(waits) % 2 else 503
        statuses[status] += 1
        return web.json_response({"error": "busy"}, status=status, headers={"Retry-After": "1"})

    api.trouble = busy
    last = await _run(replace(_options(api, tmp_path), events=8, habits=Habits(repeat=0)))
    assert last.retried == {str(status): count for status, count in statuses.items()}
    assert len(set(api.event_ids)) == 8 == len(api.events)
    assert early == []


async def test_an_event_whose_answer_was_lost_is_sent_again_with_the_same_id(api: SmallApi, tmp_path: Path) -> None:
    cut: list[str] = []

    async def hang_up(request: web.Request) -> None:
        if request.path == "/api/events" and len(cut) < 5:
            event = await request.json()
            api.events.append(event)
            cut.append(event["event_id"])
            assert request.transport is not None
            request.transport.close()

    api.trouble = hang_up
    last = await _run(replace(_options(api, tmp_path), habits=Habits(repeat=0)))
    assert last.retried == {"no answer": 5}
    assert last.accepted == {"kafka": 60}
    assert all(api.event_ids.count(event_id) >= 2 for event_id in cut)


async def test_a_refused_event_is_counted_shown_and_not_told_durable(api: SmallApi, tmp_path: Path) -> None:
    async def refuse_answers(request: web.Request) -> web.Response | None:
        if request.path == "/api/events" and (await request.json())["event_type"] == "ANSWER_SUBMITTED":
            return web.json_response({"error": "answer is too clever"}, status=400)
        return None

    api.trouble = refuse_answers
    last = await _run(_options(api, tmp_path))
    sent, told = _truth(tmp_path)
    assert last.refused > 0
    assert "400" in last.refusals[0]
    assert "answer is too clever" in last.refusals[0]
    assert {sent[line.event_id].event_type for line in told}.isdisjoint({"ANSWER_SUBMITTED"})
    assert last.sent + last.repeats == last.refused + last.durable


async def test_an_expired_token_is_renewed_once_for_all_senders(api: SmallApi, tmp_path: Path) -> None:
    async def expire(request: web.Request) -> None:
        if api.logins == 1 and len(api.events) == 20:
            api.token = "another"

    api.trouble = expire
    last = await _run(_options(api, tmp_path))
    assert api.logins == 2
    assert last.accepted == {"kafka": 60 + last.repeats}


async def test_what_a_batch_did_not_take_is_sent_alone(api: SmallApi, tmp_path: Path) -> None:
    last = await _run(replace(_options(api, tmp_path), batch=10))
    sent, told = _truth(tmp_path)
    rejected = sum(len(batch) > 1 for batch in api.batches)
    assert last.accepted["direct"] == sum(map(len, api.batches)) - rejected
    assert last.durable == 60 + last.repeats == len(told)
    assert {line.event_id for line in told} == set(sent)


async def test_the_api_may_come_later_than_the_traffic(api: SmallApi, tmp_path: Path) -> None:
    failures = iter(range(6))

    async def not_yet(request: web.Request) -> web.Response | None:
        return web.json_response({"error": "starting"}, status=503) if next(failures, None) is not None else None

    api.trouble = not_yet
    last = await _run(_options(api, tmp_path))
    assert last.retried == {"503": 6}
    assert last.sent == 60


async def test_stopping_ends_at_once_and_leaves_unanswered_events_in_doubt(api: SmallApi, tmp_path: Path) -> None:
    reached = asyncio.Event()

    async def down(request: web.Request) -> web.Response | None:
        if request.path != "/api/events":
            return None
        reached.set()
        return web.json_response({"error": "down"}, status=503, headers={"Retry-After": "600"})

    api.trouble = down
    traffic = Traffic(replace(_options(api, tmp_path), events=None))
    traffic.start()
    await asyncio.wait_for(reached.wait(), timeout=30)
    await asyncio.wait_for(traffic.stop(), timeout=5)
    sent, told = _truth(tmp_path)
    assert len(sent) >= 1
    assert told == []


@pytest.mark.parametrize(
    ("login", "said"),
    [
        (Credentials("writer.test@example.com", "wrong"), "refused the login .* check --email"),
        ("a-stale-token", "does not accept the token"),
    ],
)
async def test_wrong_credentials_end_the_run_with_what_to_do(
    api: SmallApi, tmp_path: Path, login: Credentials | str, said: str
) -> None:
    with pytest.raises(SimulatorError, match=said):
        await _run(replace(_options(api, tmp_path), login=login))


async def test_a_missing_scope_ends_the_run_with_what_to_do(api: SmallApi, tmp_path: Path) -> None:
    async def forbid(request: web.Request) -> web.Response | None:
        allowed = request.path == "/api/auth/login"
        return None if allowed else web.json_response({"error": "WRITE is missing"}, status=403)

    api.trouble = forbid
    with pytest.raises(SimulatorError, match="use a user with the WRITE scope"):
        await _run(_options(api, tmp_path))


async def test_an_answer_outside_the_contract_ends_the_run(api: SmallApi, tmp_path: Path) -> None:
    async def odd(request: web.Request) -> web.Response | None:
        return web.json_response({"ok": True}, status=201) if request.path == "/api/events" else None

    api.trouble = odd
    with pytest.raises(SimulatorError, match="broke its contract"):
        await _run(_options(api, tmp_path))
