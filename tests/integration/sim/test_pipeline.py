"""Simulated classrooms and recorded answers through the whole product, checked to the last event."""

import asyncio
from dataclasses import replace
from pathlib import Path
from random import Random

import asyncpg
from integration.sim.pipeline import Pipeline

from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.options import Options
from ingestor_dev.sim.tally import Snapshot
from ingestor_dev.sim.traffic import Traffic
from ingestor_dev.sim.verdict import Verdict
from ingestor_dev.sim.verify import verify

_WAIT = 60.0


def _options(pipeline: Pipeline) -> Options:
    return Options(
        url=pipeline.url,
        pace=Pace(speed=None, rate=None),
        events=2000,
        habits=Habits(repeat=0.2),
        truth=pipeline.folder / "truth.jsonl",
    )


async def _run(options: Options) -> Snapshot:
    traffic = Traffic(options)
    traffic.start()
    try:
        await asyncio.wait_for(traffic.wait(), timeout=_WAIT)
    finally:
        await traffic.stop()
    return traffic.snapshot()


async def _durable(traffic: Traffic, count: int) -> None:
    deadline = asyncio.get_running_loop().time() + _WAIT
    while traffic.snapshot().durable < count:
        assert asyncio.get_running_loop().time() < deadline, traffic.snapshot()
        await asyncio.sleep(0.02)


async def _check(pipeline: Pipeline) -> Verdict:
    return await verify(pipeline.folder / "truth.jsonl", pipeline.database, _WAIT)


async def test_single_events_and_their_repeats_are_each_stored_once(pipeline: Pipeline) -> None:
    last = await _run(_options(pipeline))
    assert (last.sent, last.durable, last.refused) == (2000, 2000 + last.repeats, 0)
    (line,) = (await _check(pipeline)).lines()
    assert line.startswith("ok: 2000 events")
    assert f"{last.repeats} repeats absorbed" in line


async def test_batches_and_their_repeats_are_each_stored_once(pipeline: Pipeline) -> None:
    last = await _run(replace(_options(pipeline), batch=100))
    assert (last.sent, last.durable, last.refused) == (2000, 2000 + last.repeats, 0)
    assert (await _check(pipeline)).lines()[0].startswith("ok: 2000 events")


async def test_a_run_sent_a_second_time_by_the_other_route_changes_nothing(pipeline: Pipeline) -> None:
    options = _options(pipeline)
    await _run(options)
    await _run(replace(options, batch=250, concurrency=5))
    assert (await _check(pipeline)).lines()[0].startswith("ok: 2000 events")


async def test_an_api_that_is_killed_while_classrooms_send_loses_nothing(pipeline: Pipeline) -> None:
    traffic = Traffic(replace(_options(pipeline), pace=Pace(speed=None, rate=1000.0)))
    traffic.start()
    try:
        await _durable(traffic, 300)
        await asyncio.to_thread(pipeline.restart_api)
        await asyncio.wait_for(traffic.wait(), timeout=_WAIT)
    finally:
        await traffic.stop()
    assert traffic.snapshot().retried["no answer"] > 0
    assert (await _check(pipeline)).lines()[0].startswith("ok: 2000 events")


async def test_recorded_answers_come_out_graded_as_they_were_recorded(pipeline: Pipeline, tmp_path: Path) -> None:
    rng = Random(7)
    rows = [
        (student, place, rng.randrange(5), int(rng.random() < 0.6))
        for student in range(40)
        for place in range(rng.randint(1, 60))
    ]
    recording = tmp_path / "answers.csv"
    recording.write_text(
        "student,position,question,correct\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)
    )
    last = await _run(replace(_options(pipeline), answers=recording, batch=200, events=None))
    assert last.refused == 0
    verdict = await _check(pipeline)
    assert verdict.passed, verdict.lines()
    assert await _graded(pipeline.database) == (len(rows), sum(row[3] for row in rows))


async def _graded(database: str) -> tuple[int, int]:
    """How many answers the product has graded, and how many of them as correct."""
    connection = await asyncpg.connect(database)
    try:
        row = await connection.fetchrow("SELECT sum(graded), sum(correct) FROM session_students")
    finally:
        await connection.close()
    assert row is not None
    return int(row[0]), int(row[1])
