"""Health, metrics and documents."""

import aiohttp
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender, new_event
from services import Api, get


async def test_readyz_says_which_paths_work(api: Api, start_api: ApiFactory) -> None:
    assert api.paths() == {"kafka": "up", "direct": "up"}
    assert start_api(KAFKA_ENABLED="false").paths() == {"kafka": "not used", "direct": "up"}


async def test_the_metrics_count_what_clients_saw(start_api: ApiFactory, sender: Sender) -> None:
    api = start_api()
    sender.url = api.url
    await sender.until_mode("kafka")
    before = len(sender.sent)
    for _ in range(10):
        await sender.send()
    await sender.send_batch([new_event(), new_event(event_type="SESSION_ENDED"), {}])
    await sender.send({})
    accepted = {"mode": "kafka", "event_type": "ANSWER_SUBMITTED"}
    direct = sum(sent.mode == "direct" for sent in sender.sent[:before])
    assert api.metric("ingestor_events_accepted_total", **accepted) == before - direct + 11
    assert api.metric("ingestor_events_accepted_total", event_type="SESSION_ENDED") == 1
    assert api.metric("ingestor_events_rejected_total", reason="invalid") == 2
    route = {"route": "/api/events", "method": "POST"}
    assert api.metric("ingestor_http_requests_total", **route, status="201") == before + 10
    assert api.metric("ingestor_http_requests_total", **route, status="400") == 1
    assert api.metric("ingestor_http_request_duration_seconds_count", route="/api/events") == before + 11
    assert api.metric("ingestor_failover_active") == 0
    assert api.metric("ingestor_producer_in_flight") == 0
    assert api.metric("ingestor_build_info", service="api") == 1


async def test_no_route_or_method_of_a_clients_invention_becomes_a_label(
    http: aiohttp.ClientSession, start_api: ApiFactory
) -> None:
    api = start_api()
    async with http.request("PROPFIND", f"{api.url}/coffee/7") as response:
        assert response.status == 404
    assert api.metric("ingestor_http_requests_total", route="unmatched", method="OTHER") == 1


async def test_docs_and_openapi_are_served(api: Api) -> None:
    for path in ("/docs", "/openapi.json", "/healthz"):
        answer = get(api.url + path)
        assert answer is not None
        assert answer[0] == 200
