"""Readiness tells of the ways themselves, not of who else uses the database."""

import asyncio
from uuid import uuid4

import aiohttp
import asyncpg
from integration.api.conftest import ApiFactory


async def test_a_database_that_only_reads_is_no_way(start_api: ApiFactory, migrated_database: str) -> None:
    api = start_api(DATABASE_URL=migrated_database, KAFKA_ENABLED="false")
    await asyncio.to_thread(api.wait_path, "direct", "up")
    connection = await asyncpg.connect(migrated_database)
    try:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        # As after a failover, whoever is connected has to connect again.
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
    await asyncio.to_thread(api.wait_path, "direct", "down: the database only reads")
    assert not await asyncio.to_thread(api.is_ready)


async def test_queries_that_wait_leave_it_ready(
    start_api: ApiFactory, migrated_database: str, http: aiohttp.ClientSession
) -> None:
    api = start_api(DATABASE_URL=migrated_database, KAFKA_ENABLED="false")
    await asyncio.to_thread(api.wait_path, "direct", "up")
    connection = await asyncpg.connect(migrated_database)

    async def put() -> int:
        body = {"title": "Fractions"}
        async with http.put(f"{api.url}/api/catalog/quizzes/{uuid4()}", json=body) as response:
            return response.status

    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE quizzes IN ACCESS EXCLUSIVE MODE")
            waiting = [asyncio.create_task(put()) for _ in range(12)]
            for _ in range(16):
                await asyncio.sleep(0.25)
                assert await asyncio.to_thread(api.is_ready), await asyncio.to_thread(api.paths)
        statuses = await asyncio.gather(*waiting)
    finally:
        await connection.close()
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 7
