"""Nothing is dropped silently, and a bad record never stops the good ones around it."""

from typing import Any

import msgspec
from confluent_kafka import Message
from integration.consumer.lessons import events
from integration.consumer.world import World, identities, persisted

from ingestor_common.events import Event
from ingestor_common.records import key_of, value_of

REFUSED_ANSWER = "the database refuses this"


def headers_of(letter: "Message[Any, Any]") -> dict[str, str]:
    found = letter.headers()
    assert isinstance(found, list)
    return {name: value.decode() for name, value in found if isinstance(value, bytes)}


def _bad_values() -> list[tuple[bytes | None, str]]:
    known = msgspec.json.decode(value_of(events(1)[0]))
    return [
        (b"these bytes are no event", "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[]", "not_json"),
        (None, "empty"),
        (msgspec.json.encode(known | {"event_type": "LESSON_RATED"}), "invalid_event"),
        (msgspec.json.encode(known | {"timestamp": "2126-01-01T00:00:00Z"}), "invalid_event"),
        (msgspec.json.encode({"event_id": "and nothing else \x00"}), "invalid_event"),
    ]


async def test_bytes_that_are_no_event_are_dead_lettered_and_the_good_ones_around_them_stored(world: World) -> None:
    good = events(300)
    bad = _bad_values()
    for position, event in enumerate(good):
        world.put(value_of(event), key_of(event), partition=0)
        if position % 40 == 0 and bad:
            value, reason = bad[position // 40 % len(bad)]
            world.put(value, b"key", partition=0, headers=[("request-id", b"r-1"), ("expected", reason.encode())])
    world.flush()
    world.consumer()

    books = (await world.balanced())[0]

    assert await world.stored() == identities(good)
    assert (books.persisted, books.dead_lettered) == (300, 8)
    letters = world.dead_letters(8)
    for letter in letters:
        headers = headers_of(letter)
        assert headers["dlq-reason"] == headers["expected"]
        assert (headers["dlq-topic"], headers["dlq-partition"]) == (world.topic, "0")
        assert headers["dlq-error"]
        assert headers["request-id"] == "r-1"
        assert letter.key() == b"key"
    assert [letter.value() for letter in letters[:7]] == [value for value, _ in bad]
    recorded = await world.query('SELECT "offset" FROM dead_letters ORDER BY "offset"')
    assert recorded == [int(headers_of(letter)["dlq-offset"]) for letter in letters]
    assert "r-1" in world.logs()


async def test_rows_the_database_refuses_are_dead_lettered_and_the_rest_of_their_batch_stored(world: World) -> None:
    await world.query(f"ALTER TABLE events ADD CONSTRAINT picky CHECK (answer <> '{REFUSED_ANSWER}')")
    good = events(1_000)
    refused = [_refused(event) for event in events(40, seed=2) if event.answer is not None]
    mixed = sorted(good + refused, key=lambda event: event.event_id[::-1])
    world.send(mixed)
    consumer = world.consumer()

    books = await world.balanced()

    assert await world.stored() == identities(good)
    assert persisted(books) == len(good)
    letters = world.dead_letters(len(refused))
    assert {letter.value() for letter in letters} == {value_of(event) for event in refused}
    assert {headers_of(letter)["dlq-reason"] for letter in letters} == {"refused_by_database"}
    assert all("picky" in headers_of(letter)["dlq-error"] for letter in letters)
    name = "ingestor_events_dead_lettered_total"
    consumer.wait_until("counted", lambda: consumer.metric(name, reason="refused_by_database") == len(refused))
    assert consumer.metric("ingestor_events_persisted_total") == len(good)


def _refused(event: Event) -> Event:
    return msgspec.structs.replace(event, answer=REFUSED_ANSWER)


async def test_a_dead_letter_topic_that_is_missing_holds_the_partition_back_until_it_is_made(world: World) -> None:
    letters = f"{world.topic}.dlq"
    world.remove_topic(letters)
    good = events(50)
    world.send(good[:25])
    world.put(b"no event")
    world.send(good[25:])
    consumer = world.consumer()
    consumer.wait_until("told", lambda: letters in consumer.output())
    assert all(account.dead_lettered == 0 for account in (await world.accounts()).values())

    world.make_topic(letters, 1)

    await world.balanced()
    assert await world.stored() == identities(good)
    world.dead_letters(1)


async def test_a_bad_record_too_large_for_the_dead_letter_topic_is_kept_cut_and_stops_nothing(world: World) -> None:
    good = events(20)
    world.send(good[:10])
    # With the headers that say why, it is over the 1,048,588 bytes that a topic takes by default.
    world.put(b"x" * 1_048_400)
    world.put(b"small and bad")
    world.send(good[10:])
    world.consumer()

    await world.balanced()

    assert await world.stored() == identities(good)
    letters = {len(letter.value() or b""): headers_of(letter)["dlq-error"] for letter in world.dead_letters(2)}
    assert "only the first 65536 of 1048400 bytes" in letters[65_536]
    assert "only the first" not in letters[len(b"small and bad")]


async def test_a_bad_record_whose_key_and_headers_are_too_large_is_kept_cut_and_stops_nothing(world: World) -> None:
    good = events(20)
    world.send(good[:10])
    world.put(b"bad", b"k" * 1_048_300, partition=0)
    world.put(b"bad too", b"key", partition=0, headers=[("theirs", b"h" * 1_048_300)])
    world.send(good[10:])
    world.consumer()

    await world.balanced()

    assert await world.stored() == identities(good)
    letters = {letter.value(): letter for letter in world.dead_letters(2)}
    assert letters[b"bad"].key() == b"k" * 65_536
    assert "only the first 65536 of the key's 1048300 bytes" in headers_of(letters[b"bad"])["dlq-error"]
    assert "theirs" not in headers_of(letters[b"bad too"])
    assert "1 headers of 1048306 bytes are not kept here" in headers_of(letters[b"bad too"])["dlq-error"]


async def test_a_bad_record_that_is_large_only_uncompressed_is_kept_cut_and_stops_nothing(world: World) -> None:
    good = events(20)
    world.send(good[:10])
    # 70 MiB, of which gzip makes a record of 70 KB: more than any client of ours sends.
    sender = world.sender(
        **{
            "compression.type": "gzip",
            "message.max.bytes": 100 * 1024 * 1024,
            "queue.buffering.max.kbytes": 200 * 1024,
        }
    )
    sender.put(world.topic, b"x" * (70 * 1024 * 1024), b"key", partition=0)
    sender.flush()
    world.send(good[10:])
    world.consumer()

    await world.balanced()

    assert await world.stored() == identities(good)
    [letter] = world.dead_letters(1)
    assert letter.value() == b"x" * 65_536
    assert f"only the first 65536 of {70 * 1024 * 1024} bytes" in headers_of(letter)["dlq-error"]
