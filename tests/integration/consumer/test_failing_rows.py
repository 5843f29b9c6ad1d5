"""Rows that the database does not take, alone or together: all others are stored, and no other partition waits."""

import time

import asyncpg
import msgspec
import pytest
from integration.consumer.lessons import events
from integration.consumer.test_bad_records import headers_of
from integration.consumer.world import World, identities
from services import status_of

from ingestor_common.events import Event
from ingestor_common.records import key_of, value_of
from ingestor_common.store.pool import open_pool
from ingestor_common.store.writer import Writer
from ingestor_consumer.trial import can_store

_AT_MOST_ONE_ODD = """
    CREATE FUNCTION refuse_two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT count(*) FROM new_rows WHERE answer = 'odd') > 1 THEN RAISE EXCEPTION 'two odd ones'; END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER refuse_two AFTER INSERT ON events REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_two()
"""
_SLOW = """
    CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
    CREATE TRIGGER be_slow BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.answer = 'slow')
        EXECUTE FUNCTION be_slow()
"""
_NO_BOOKS = """
    CREATE FUNCTION refuse_books() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not read block 5' USING ERRCODE = 'XX001';
    END $$;
    CREATE TRIGGER refuse_books BEFORE UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION refuse_books()
"""
_NO_RIGHT = """
    CREATE FUNCTION refuse_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'permission denied for table events' USING ERRCODE = '42501';
    END $$;
    CREATE TRIGGER refuse_all BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse_all()
"""


async def _execute(world: World, script: str) -> None:
    connection = await asyncpg.connect(world.database)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


def _answering(event: Event, answer: str) -> Event:
    return msgspec.structs.replace(event, answer=answer)


async def test_rows_that_only_fail_together_are_all_stored(world: World) -> None:
    await _execute(world, _AT_MOST_ONE_ODD)
    plain = events(200)
    odd = [_answering(event, "odd") for event in events(60, seed=2) if event.answer is not None]
    world.send([*plain[:100], *odd, *plain[100:]])
    consumer = world.consumer()
    books = await world.balanced()
    assert await world.stored() == identities([*plain, *odd])
    assert sum(account.dead_lettered for account in books.values()) == 0
    consumer.wait_ready()


@pytest.mark.long
async def test_a_row_that_takes_too_long_is_set_aside_and_other_partitions_do_not_wait_for_it(world: World) -> None:
    await _execute(world, _SLOW)
    answers = [event for event in events(10, sessions=1) if event.answer is not None]
    slow, beside = _answering(answers[0], "slow"), answers[1:3]
    for event in (beside[0], slow, beside[1]):
        world.put(value_of(event), key_of(event), partition=0)
    world.flush()
    consumer = world.ready_consumer()
    others = events(200, seed=2)
    started = time.monotonic()
    for number, event in enumerate(others):
        world.put(value_of(event), key_of(event), partition=1 + number % 2)
    world.flush()
    consumer.wait_until("others stored", lambda: consumer.metric("ingestor_events_persisted_total") >= len(others))
    assert time.monotonic() - started < 30
    consumer.wait_until(
        "held", lambda: consumer.metric("ingestor_consumer_held_partitions", reason="database") == 1, 60
    )
    assert status_of(f"{consumer.probes}/readyz") == 503
    assert status_of(f"{consumer.probes}/healthz") == 200

    books = await world.caught_up(120)

    assert await world.stored() == identities([*beside, *others])
    assert (books[0].persisted, books[0].dead_lettered, books[0].unaccounted) == (2, 1, 0)
    [letter] = world.dead_letters(1)
    assert letter.value() == value_of(slow)
    assert headers_of(letter)["dlq-reason"] == "storing_timed_out"
    consumer.wait_ready()


@pytest.mark.parametrize(
    ("cause", "trigger"), [(_NO_RIGHT, "refuse_all ON events"), (_NO_BOOKS, "refuse_books ON ledger")]
)
async def test_a_database_that_takes_no_row_at_all_sets_none_aside(world: World, cause: str, trigger: str) -> None:
    consumer = world.ready_consumer()
    await _execute(world, cause)
    sent = events(300)
    world.send(sent)
    consumer.wait_until("held", lambda: consumer.metric("ingestor_consumer_held_partitions", reason="database") == 3)
    assert not consumer.is_ready()
    await _execute(world, f"DROP TRIGGER {trigger}")
    books = await world.balanced()
    assert await world.stored() == identities(sent)
    assert sum(account.dead_lettered for account in books.values()) == 0
    consumer.wait_ready()


async def _nothing_more(connection: object) -> None:
    pass


async def test_a_row_whose_session_somebody_has_locked_is_not_at_fault(world: World) -> None:
    event, other = events(2, sessions=1)[0], events(1, seed=9)[0]
    pool = await open_pool(world.database, max_size=3, application_name="test", command_timeout=30)
    try:
        writer = Writer(pool, 4.0)
        await writer.write([event, other])
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM sessions WHERE session_id = $1 FOR UPDATE", event.session_id)
            assert not await can_store(writer, event, _nothing_more)
            assert await can_store(writer, other, _nothing_more)
        assert await can_store(writer, event, _nothing_more)
    finally:
        pool.terminate()
    assert await world.query("SELECT count(*) FROM events WHERE event_id LIKE 'trial-%'") == [0]
