"""An event that got 201 is in time by its record's own timestamp, whatever the clock does meanwhile."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_api.asgi import Answer, call
from unit.ingestor_api.keeping import WRITER, Keeper, answer_event, front_of

from ingestor_api.direct import DirectWriter
from ingestor_api.ingest import Ingest
from ingestor_api.producer import KafkaPath
from ingestor_api.receipts import KafkaReceipt
from ingestor_api.rollout import Rollout
from ingestor_common import records
from ingestor_common.events import Event
from ingestor_common.records import Headers
from ingestor_consumer.decoding import decode

_MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


class Log:
    """A Kafka that remembers each record's value and date."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, int]] = []

    def send(self, _key: bytes, value: bytes, _headers: Headers, time_ms: int) -> "asyncio.Future[KafkaReceipt]":
        delivery: asyncio.Future[KafkaReceipt] = asyncio.get_running_loop().create_future()
        delivery.set_result(KafkaReceipt("events", 0, len(self.records)))
        self.records.append((value, time_ms))
        return delivery


def answer_at(log: Log, clock: Sequence[datetime], timestamps: Sequence[datetime], path: str) -> Answer:
    """The answer to events of these times, while the clock shows one moment after the other, and stays at the last."""
    moments: Iterator[datetime] = chain(clock, repeat(clock[-1]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "time", SimpleNamespace(time_ns=lambda: _nanoseconds(next(moments))))
        ingest = Ingest(cast(KafkaPath, log), cast(DirectWriter, Keeper()), Rollout(100, frozenset()), "none")
        events = [answer_event() | {"timestamp": timestamp.isoformat()} for timestamp in timestamps]
        body = msgspec.json.encode(events if path.endswith("batch") else events[0])
        return asyncio.run(call(front_of(ingest), "POST", path, body, WRITER))


def _nanoseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000 + 999


@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch"])
@given(
    now=_MOMENTS,
    back=st.timedeltas(timedelta(0), timedelta(hours=1)),
    ahead=st.integers(-3_000, 3_000).map(lambda microseconds: timedelta(hours=24, microseconds=microseconds)),
)
def test_what_is_accepted_near_the_bound_is_in_time_by_its_record(
    path: str, now: datetime, back: timedelta, ahead: timedelta
) -> None:
    log = Log()
    answer = answer_at(log, [now, now - back], [now + ahead, now], path)
    assert answer.status in (201, 400)
    assert bool(log.records) == (answer.status == 201)
    for value, time_ms in log.records:
        assert isinstance(decode(value, time_ms), Event)
        assert abs(time_ms - _nanoseconds(now) // 1_000_000) < 1


@given(now=_MOMENTS)
def test_a_day_ahead_to_the_millisecond_is_accepted(now: datetime) -> None:
    whole = now.replace(microsecond=now.microsecond // 1000 * 1000)
    assert answer_at(Log(), [now], [whole + timedelta(hours=24)], "/api/events").status == 201
    beyond = whole + timedelta(hours=24, microseconds=1)
    assert answer_at(Log(), [now], [beyond], "/api/events").status == 400
