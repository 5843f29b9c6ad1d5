"""Records of months that retention has dropped are dead letters, and those around them are stored."""

from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
from integration.admin.commands import admin
from integration.consumer.lessons import events
from integration.consumer.test_bad_records import headers_of
from integration.consumer.world import World, identities

from ingestor_common.store import retention


async def test_expired_records_are_dead_letters_and_stop_nothing(world: World) -> None:
    mark = datetime(2026, 8, 1, tzinfo=UTC)
    good = events(60)
    old = [
        msgspec.structs.replace(event, timestamp=mark - timedelta(microseconds=1 + number))
        for number, event in enumerate(events(20, seed=2))
    ]
    consumer = world.ready_consumer()
    world.send(good[:20])
    await world.balanced()
    connection = await asyncpg.connect(world.database)
    try:
        await retention.raise_mark(connection, mark)
    finally:
        await connection.close()
    world.send([*good[20:40], *old, *good[40:]])
    books = await world.balanced()
    assert await world.stored() == identities(good)
    assert sum(account.dead_lettered for account in books.values()) == len(old)
    letters = world.dead_letters(len(old))
    assert {headers_of(letter)["dlq-reason"] for letter in letters} == {"expired"}
    assert "retention has dropped" in headers_of(letters[0])["dlq-error"]
    assert consumer.metric("ingestor_events_dead_lettered_total", reason="expired") == len(old)
    consumer.wait_ready()
    assert "the books balance" in admin(world.environment(), "ledger").stdout
