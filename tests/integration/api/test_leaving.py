"""Clients that do not wait for their answer."""

import asyncio
import json
from uuid import uuid4

import asyncpg
import pytest
from integration.api.conftest import ApiFactory
from integration.api.raw_http import Answer, exchange
from integration.api.sending import Sender, new_event
from services import Api, token

from ingestor_api.reports.reader import CONNECTIONS, STATEMENT_SECONDS

NOTICED_SECONDS = 0.3
"""In which the server has seen what a client did."""
RUNNING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'ingestor-api reports' AND state = 'active' AND datname = current_database()
"""


async def test_clients_that_leave_at_once_take_nobodys_place(start_api: ApiFactory, sender: Sender) -> None:
    api = start_api(MAX_IN_FLIGHT="1")
    sender.url = api.url
    await sender.until_mode("kafka")
    for _ in range(30):
        _, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(event_request())
        writer.close()
    # Some of them may still come in or be at work while we send: each place is given back within the delivery's
    # deadline, and one that is not would refuse everything from then on.
    in_a_row = 0
    async with asyncio.timeout(5):
        while in_a_row < 6:
            status = (await sender.send()).status
            assert status in {201, 429}
            in_a_row = in_a_row + 1 if status == 201 else 0


async def test_whoever_leaves_in_the_middle_of_a_body_is_no_answered_request(api: Api) -> None:
    before = answered(api)
    _, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(b'POST /api/auth/login HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"em')
    await writer.drain()
    await asyncio.sleep(NOTICED_SECONDS)
    writer.close()
    await asyncio.sleep(NOTICED_SECONDS)
    assert answered(api) == before


async def test_a_body_that_the_connection_refuses_is_counted_once(api: Api) -> None:
    before = answered(api)
    broken = b'POST /api/auth/login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"ema\r\nzz\r\n'
    assert (await exchange(api.port, broken)).status == 400
    await asyncio.sleep(NOTICED_SECONDS)
    assert answered(api) == before + 1


def answered(api: Api) -> float:
    return api.metric("ingestor_http_requests_total")


SESSION = str(uuid4())
QUERY = json.dumps({"measures": ["response_time_p50"], "filters": {"session_id": SESSION}}).encode()
READS = {
    "query": b"POST /api/reports/query HTTP/1.1\r\nContent-Length: %d\r\n%%s\r\n%s" % (len(QUERY), QUERY),
    "report": f"GET /api/reports/active-participants?session_id={SESSION} HTTP/1.1\r\n%s\r\n".encode(),
    "report with a body": f"GET /api/reports/active-participants?session_id={SESSION} HTTP/1.1\r\n".encode()
    + b"Content-Length: 9\r\n%s\r\nnot asked",
}


@pytest.mark.parametrize("read", READS)
async def test_a_statement_ends_with_the_client_that_asked_for_it(api: Api, api_database: str, read: str) -> None:
    before = answered(api)
    request = READS[read] % f"Authorization: Bearer {token('READ')}\r\n".encode()
    other = await asyncpg.connect(api_database)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            writers = [(await asyncio.open_connection("127.0.0.1", api.port))[1] for _ in range(2 * CONNECTIONS)]
            for writer in writers:
                writer.write(request)
            await until_running(api_database, CONNECTIONS)
            for writer in writers:
                writer.close()
            await until_running(api_database, 0)
    finally:
        await other.close()
    # And their connections are good for the next.
    for _ in range(CONNECTIONS):
        assert (await exchange(api.port, request)).status == 200
    assert answered(api) == before + CONNECTIONS


async def until_running(database: str, count: int) -> None:
    """Return once so many statements of reports run."""
    watch = await asyncpg.connect(database)
    try:
        async with asyncio.timeout(STATEMENT_SECONDS / 2):
            while await watch.fetchval(RUNNING) != count:
                await watch.execute("SELECT pg_sleep(0.05)")
    finally:
        await watch.close()


async def test_what_came_with_a_report_is_stored_and_answered_though_its_sender_sends_no_more(api: Api) -> None:
    report = READS["report"] % f"Authorization: Bearer {token('READ')}\r\n".encode()
    orders = {
        "report, event": [report, event_request()],
        "event, report, event": [event_request(), report, event_request()],
        "query, events": [READS["query"] % f"Authorization: Bearer {token('READ')}\r\n".encode()]
        + [event_request() for _ in range(40)],
    }
    for order, requests in orders.items():
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(b"".join(requests))
        writer.write_eof()
        statuses = [(await Answer.read(reader)).status for _ in requests]
        assert statuses == [201 if request.startswith(b"POST /api/events") else 200 for request in requests], order
        assert await reader.read() == b""
        writer.close()


def event_request() -> bytes:
    body = json.dumps(new_event()).encode()
    head = f"POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('WRITE')}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
