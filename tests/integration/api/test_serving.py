"""Health, metrics and documents."""

import asyncio
import json
import re
from datetime import UTC, datetime

import aiohttp
import asyncpg
from integration.api.conftest import ApiFactory
from integration.api.raw_http import exchange
from integration.api.sending import Sender, new_event
from services import Api, get, token

from ingestor_common.store import partitions


def test_readyz_says_which_paths_work(api: Api, direct_api: Api) -> None:
    assert api.paths() == {"kafka": "up", "direct": "up"}
    assert direct_api.paths() == {"kafka": "not used", "direct": "up"}


async def test_the_months_ahead_are_made(start_api: ApiFactory, migrated_database: str) -> None:
    start_api(DATABASE_URL=migrated_database, KAFKA_ENABLED="false")
    connection = await asyncpg.connect(migrated_database)
    try:
        wanted = {month.partition for month in partitions.months_ahead(datetime.now(UTC), 1)}
        async with asyncio.timeout(20):
            while True:
                if wanted <= await partitions.existing(connection):
                    break
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def test_the_metrics_count_what_clients_saw(api: Api, sender: Sender) -> None:
    counted = {
        "accepted answers": ("ingestor_events_accepted_total", {"mode": "kafka", "event_type": "ANSWER_SUBMITTED"}),
        "accepted ends": ("ingestor_events_accepted_total", {"mode": "kafka", "event_type": "SESSION_ENDED"}),
        "invalid": ("ingestor_events_rejected_total", {"reason": "invalid"}),
        "created": ("ingestor_http_requests_total", {"route": "/api/events", "method": "POST", "status": "201"}),
        "bad": ("ingestor_http_requests_total", {"route": "/api/events", "method": "POST", "status": "400"}),
        "timed": ("ingestor_http_request_duration_seconds_count", {"route": "/api/events"}),
    }
    before = {name: api.metric(metric, **labels) for name, (metric, labels) in counted.items()}
    for _ in range(10):
        await sender.send()
    await sender.send_batch([new_event(), new_event(event_type="SESSION_ENDED"), {}])
    await sender.send({})
    seen = {name: api.metric(metric, **labels) - before[name] for name, (metric, labels) in counted.items()}
    assert seen == {"accepted answers": 11, "accepted ends": 1, "invalid": 2, "created": 10, "bad": 1, "timed": 11}
    assert api.metric("ingestor_failover_active") == 0
    assert api.metric("ingestor_producer_in_flight") == 0
    assert api.metric("ingestor_build_info", service="api") == 1


async def test_no_route_or_method_of_a_clients_invention_becomes_a_label(http: aiohttp.ClientSession, api: Api) -> None:
    before = api.metric("ingestor_http_requests_total", route="unmatched", method="OTHER")
    async with http.request("PROPFIND", f"{api.url}/coffee/7") as response:
        assert response.status == 404
    assert api.metric("ingestor_http_requests_total", route="unmatched", method="OTHER") == before + 1


async def test_a_client_that_offers_http_2_is_served_in_http_1(api: Api) -> None:
    """As Java's HttpClient does unless it is told otherwise."""
    body = json.dumps(new_event()).encode()
    headers = [
        f"Authorization: Bearer {token('WRITE')}",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        f"Content-Length: {len(body)}",
    ]
    head = "\r\n".join(["POST /api/events HTTP/1.1", "Host: x", *headers, "", ""])
    answer = await exchange(api.port, head.encode() + body)
    assert (answer.status, answer.json["mode"]) == (201, "kafka")


async def test_docs_and_openapi_are_served(api: Api) -> None:
    for path in ("/docs", "/openapi.json", "/healthz"):
        answer = get(api.url + path)
        assert answer is not None
        assert answer[0] == 200


async def test_the_docs_need_no_other_host(http: aiohttp.ClientSession, api: Api) -> None:
    async with http.get(f"{api.url}/docs") as response:
        page, policy = await response.text(), response.headers["Content-Security-Policy"]
    files = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert {"docs/swagger-ui-bundle.js", "docs/swagger-ui.css", "docs/start.js"} <= set(files)
    for file in files:
        assert not re.search(r"//|:", file)
        answer = get(f"{api.url}/{file}")
        assert answer is not None
        assert answer[0] == 200
    # What Swagger UI's own script asks for is bounded by the policy.
    sources = {word for directive in policy.split("; ") for word in directive.split()[1:]}
    assert sources == {"'none'", "'self'", "data:"}


async def test_the_docs_files_are_sent_again_only_when_they_have_changed(http: aiohttp.ClientSession, api: Api) -> None:
    url = f"{api.url}/docs/swagger-ui-bundle.js"
    async with http.get(url) as first:
        tag = first.headers["ETag"]
    async with http.get(url, headers={"If-None-Match": tag}) as again:
        assert again.status == 304
