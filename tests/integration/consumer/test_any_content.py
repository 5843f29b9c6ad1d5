"""Whatever is in the topic: every good record is stored, the books balance, and the process lives within its memory."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.consumer.lessons import events
from integration.consumer.memory import PeakMemory
from integration.consumer.test_bad_records import headers_of
from integration.consumer.world import World, identities
from raw_producing import produce_sets
from record_sets import CODECS, GZIP, LZ4, SNAPPY, ZSTD, WrittenRecord, WrittenSet

from ingestor_common.events import Event
from ingestor_common.records import key_of, value_of

MOST_MEMORY = 300 * 1024 * 1024

_EVENTS = events(6_000)

junk_bytes = st.none() | st.binary(max_size=200)
junk = st.builds(
    WrittenRecord,
    delta=st.just(0),
    value=junk_bytes | st.sampled_from([b"{}", b'{"event_id": "\\ud800"}', b"[" * 5_000, b"\xef\xbb\xbf{}", b"1e999"]),
    key=junk_bytes,
    headers=st.lists(st.tuples(st.binary(max_size=20), junk_bytes), max_size=4),
    time_delta=st.sampled_from([0, -10_000_000_000, 1]),
)


@st.composite
def half_good_events(draw: st.DrawFn) -> WrittenRecord:
    """An event with one field that is something else."""
    known = msgspec.json.decode(value_of(draw(st.sampled_from(_EVENTS[:40]))))
    field = draw(st.sampled_from(sorted(known)))
    other = draw(st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30) | st.lists(st.none()))
    return WrittenRecord(0, msgspec.json.encode(known | {field: other, "event_id": "half good"}))


def _good(event: Event) -> WrittenRecord:
    return WrittenRecord(0, value_of(event), key_of(event))


def _numbered(records: Sequence[WrittenRecord]) -> list[WrittenRecord]:
    return [
        WrittenRecord(delta, each.value, each.key, each.headers, each.time_delta) for delta, each in enumerate(records)
    ]


async def test_any_records_among_good_ones_stop_none_of_them(world: World) -> None:
    consumer = world.ready_consumer()
    coming = iter(_EVENTS)
    sent: list[Event] = []

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.lists(junk | half_good_events() | st.none(), min_size=1, max_size=6), min_size=1, max_size=4),
        st.lists(st.sampled_from(CODECS), min_size=4, max_size=4),
        st.lists(st.integers(0, 2), min_size=4, max_size=4),
    )
    def send(sets: list[list[WrittenRecord | None]], codecs: list[int], partitions: list[int]) -> None:
        for records, codec, partition in zip(sets, codecs, partitions, strict=False):
            # None stands for an event that nobody has sent yet.
            chosen = []
            for each in records:
                if each is None:
                    sent.append(next(coming))
                chosen.append(_good(sent[-1]) if each is None else each)
            encoded = WrittenSet(0, _numbered(chosen), codec).encode()
            asyncio.run(produce_sets(world.brokers, world.topic, partition, [encoded]))

    await asyncio.to_thread(send)
    await world.balanced()
    found = await world.stored()
    assert identities(sent) <= found
    assert {identity for identity in found if identity.event_id != "half good"} == identities(sent)
    consumer.wait_ready()


async def test_names_of_headers_that_are_no_text_stop_nothing(world: World) -> None:
    good = events(2)
    records = [
        _good(good[0]),
        WrittenRecord(1, b"no event", b"\xff", [(b"\xff\xfe", b"\x00\xff"), (b"", None), (b"request-id", b"\xff")]),
        WrittenRecord(2, value_of(good[1]), b"\xff\xff", [(b"\xc3", b"x")]),
    ]
    await produce_sets(world.brokers, world.topic, 0, [WrittenSet(0, records).encode()])
    consumer = world.consumer()
    await world.balanced()
    assert await world.stored() == identities(good)
    [letter] = world.dead_letters(1)
    found = letter.headers()
    assert isinstance(found, list)
    assert ("\\xff\\xfe", b"\x00\xff") in found
    assert ("", None) in found
    assert letter.key() == b"\xff"
    consumer.wait_ready()


def _bomb(codec: int, megabytes: int, records: int = 1) -> bytes:
    size = megabytes * 1024 * 1024 // records
    return WrittenSet(0, [WrittenRecord(delta, bytes(size)) for delta in range(records)], codec).encode()


@pytest.mark.long
@pytest.mark.parametrize(
    ("codec", "megabytes", "times"),
    [(ZSTD, 400, 1), (ZSTD, 60, 8), (GZIP, 150, 2), (GZIP, 60, 4), (LZ4, 60, 3), (SNAPPY, 18, 6)],
)
async def test_record_sets_that_inflate_without_measure_stay_within_the_memory(
    world: World, codec: int, megabytes: int, times: int
) -> None:
    good = events(300)
    world.send(good[:100])
    bomb = _bomb(codec, megabytes)
    consumer = world.ready_consumer()
    with PeakMemory(consumer.pid) as peak:
        for partition in range(3):
            await produce_sets(world.brokers, world.topic, partition, [bomb] * times)
        world.send(good[100:])
        books = await world.balanced()
    assert await world.stored() == identities(good)
    assert sum(account.dead_lettered for account in books.values()) == 3 * times
    assert peak.bytes < MOST_MEMORY, f"{peak.bytes / 1024 / 1024:.0f} MiB"
    consumer.wait_ready()


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
async def test_thousands_of_small_record_sets_take_the_memory_of_what_is_in_them(world: World, codec: int) -> None:
    good = events(2_000)
    sets = [WrittenSet(0, [_good(event)], codec).encode() for event in good]
    await produce_sets(world.brokers, world.topic, 0, sets)
    consumer = world.consumer()
    with PeakMemory(consumer.pid) as peak:
        await world.balanced()
    assert await world.stored() == identities(good)
    assert peak.bytes < MOST_MEMORY // 2, f"{peak.bytes / 1024 / 1024:.0f} MiB"


async def test_a_record_set_that_cannot_be_read_is_counted_and_kept_as_it_is(world: World) -> None:
    good = events(20)
    bomb = _bomb(ZSTD, 400, records=40)
    [first] = await produce_sets(world.brokers, world.topic, 1, [bomb])
    for event in good:
        world.put(value_of(event), key_of(event), partition=1)
    world.flush()
    consumer = world.consumer()
    books = await world.balanced()
    assert await world.stored() == identities(good)
    assert (books[1].dead_lettered, books[1].persisted) == (40, 20)
    assert consumer.metric("ingestor_events_dead_lettered_total", reason="unreadable") == 40
    [letter] = world.dead_letters(1)
    kept = letter.value()
    assert isinstance(kept, bytes)
    assert kept[61:] == bomb[61:]
    told = headers_of(letter)
    assert told["dlq-reason"] == "unreadable"
    assert "offsets 0 to 39" in told["dlq-error"]
    assert (told["dlq-partition"], told["dlq-offset"]) == ("1", str(first))
    assert await world.query('SELECT last_offset FROM dead_letters WHERE "offset" = $1', first) == [39]
