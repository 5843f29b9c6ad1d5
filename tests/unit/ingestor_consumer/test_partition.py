"""While a partition reads what takes long, everything else goes on."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from record_sets import CODECS, WrittenRecord, WrittenSet
from unit.ingestor_consumer.batches import BAD, SOURCE

from ingestor_common import turns
from ingestor_common.kafka_log.leader import Fetched
from ingestor_common.kafka_log.record_sets import split
from ingestor_consumer.batch import Batch
from ingestor_consumer.holds import Holds
from ingestor_consumer.opening import OpenLog
from ingestor_consumer.partition import Partition, Parts
from ingestor_consumer.progress import Progress

RECORDS = 40


class Log:
    """A leader whose log is `data`."""

    def __init__(self, data: bytes, end: int) -> None:
        self._data = data
        self._end = end

    async def fetch(self, offset: int, **_how: Any) -> Fetched:
        if offset == self._end:
            await asyncio.Event().wait()
        return Fetched(split(self._data), [], self._end, self._end, len(self._data))


@pytest.mark.parametrize("size", [10, 30_000], ids=["small", "large"])
async def test_others_are_looked_at_between_the_records_of_a_set(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    # Each record takes as long as a turn may.
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    records = [WrittenRecord(delta, BAD + bytes(size)) for delta in range(RECORDS)]
    log = Log(WrittenSet(0, records, CODECS[-1]).encode(), RECORDS)
    shared = {"writer": None, "letters": None, "slots": None, "turns": turns.Turns(), "large": asyncio.Lock()}
    parts = SimpleNamespace(holds=Holds(), progress=Progress(), **shared)
    opened = cast(OpenLog, SimpleNamespace(source=SOURCE, position=0, leader_epoch=-1, leader=log))
    ahead: asyncio.Queue[Batch | Exception] = asyncio.Queue(1)
    reading = asyncio.create_task(Partition(cast(Parts, parts), 0)._read(opened, ahead))
    looks = 0
    while ahead.empty():
        looks += 1
        await asyncio.sleep(0)
    batch = ahead.get_nowait()
    assert isinstance(batch, Batch)
    assert len(batch.records) == RECORDS
    assert looks >= RECORDS
    reading.cancel()
