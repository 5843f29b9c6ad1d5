"""A batch's rows are inserted once, also where a publication among them brings a new key."""

from datetime import timedelta

import asyncpg
from integration.consumer.lessons import events
from msgspec import structs

from ingestor_common.events import Event
from ingestor_common.store.pool import open_pool
from ingestor_common.store.writer import Writer

# What a sequence has given is not taken back by a rollback.
_COUNT = """
    CREATE SEQUENCE inserts;
    CREATE FUNCTION count_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM nextval('inserts'); RETURN NEW;
    END $$;
    CREATE TRIGGER count_insert BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION count_insert()
"""


def _republished(event: Event) -> Event:
    """The publication again, later and with another key."""
    return structs.replace(
        event, event_id=f"{event.event_id}-again", timestamp=event.timestamp + timedelta(hours=1), correct_answer="Z"
    )


async def test_a_batch_with_new_and_changed_keys_inserts_each_row_once(migrated_database: str) -> None:
    connection = await asyncpg.connect(migrated_database)
    pool = await open_pool(migrated_database, max_size=1, application_name="test", command_timeout=30)
    try:
        await connection.execute(_COUNT)
        lessons = events(300)
        published = [event for event in lessons if event.correct_answer is not None]
        assert published
        again = [_republished(event) for event in published]
        writer = Writer(pool)
        assert len(await writer.write(lessons)) == len(lessons)
        assert len(await writer.write(again)) == len(again)
        assert await connection.fetchval("SELECT last_value FROM inserts") == len(lessons) + len(again)
        assert await connection.fetchval("SELECT count(*) FROM answer_keys WHERE answer = 'Z'") == len(published)
    finally:
        await connection.close()
        await pool.close()
