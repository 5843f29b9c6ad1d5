"""After a run, the services' metrics are the simulator's numbers."""

import asyncio
from collections import Counter
from pathlib import Path

import msgspec
from integration.sim.pipeline import Pipeline

from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.options import Options
from ingestor_dev.sim.traffic import Traffic
from ingestor_dev.sim.truth_lines import truth_lines
from ingestor_dev.sim.verify import verify

_EVENTS = 1500


async def test_accepted_persisted_and_duplicate_events_are_those_that_were_told(pipeline: Pipeline) -> None:
    truth = pipeline.folder / "truth.jsonl"
    traffic = Traffic(
        Options(
            url=pipeline.url,
            pace=Pace(speed=None, rate=None),
            events=_EVENTS,
            habits=Habits(repeat=0.3),
            truth=truth,
        )
    )
    traffic.start()
    try:
        await asyncio.wait_for(traffic.wait(), timeout=60)
    finally:
        await traffic.stop()
    assert (await verify(truth, pipeline.database, wait=60)).passed
    told = _told(truth)
    for (mode, event_type), count in told.items():
        accepted = pipeline.api.metric("ingestor_events_accepted_total", mode=mode, event_type=event_type)
        assert accepted == count
    assert pipeline.api.metric("ingestor_events_accepted_total") == told.total()
    by_kafka = sum(count for (mode, _), count in told.items() if mode == "kafka")
    pipeline.consumer.wait_until("all records read", lambda: _read(pipeline) >= by_kafka)
    # An event that Kafka acknowledged too late was told as direct, and is in the topic all the same.
    assert by_kafka <= _read(pipeline) <= told.total()
    persisted = pipeline.consumer.metric("ingestor_events_persisted_total")
    assert persisted + _stored_directly(truth) == _EVENTS
    assert pipeline.consumer.metric("ingestor_ledger_unaccounted_records") == 0


def _told(truth: Path) -> Counter[tuple[str, str]]:
    """How often events were told durable, by mode and event type."""
    types: dict[str, str] = {}
    told: Counter[tuple[str, str]] = Counter()
    for line in truth_lines(truth):
        if line.sent is not None:
            types[line.sent.event_id] = line.sent.event_type
        elif line.told is not None:
            told[line.told.mode, types[line.told.event_id]] += 1
    return told


def _stored_directly(truth: Path) -> int:
    """The events whose receipt says that the API's direct path stored them first."""
    receipts = [
        msgspec.json.decode(line.told.receipt)
        for line in truth_lines(truth)
        if line.told is not None and line.told.mode == "direct"
    ]
    return sum(not receipt["duplicate"] for receipt in receipts)


def _read(pipeline: Pipeline) -> float:
    """Records that the consumer has stored or found to be duplicates."""
    consumer = pipeline.consumer
    return consumer.metric("ingestor_events_persisted_total") + consumer.metric("ingestor_events_duplicate_total")
