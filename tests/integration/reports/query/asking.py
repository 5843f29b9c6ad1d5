"""Asks the served API ad-hoc queries."""

from typing import Any

from integration.reports.served import Reports, token

Asking = dict[str, Any]


async def ask(reports: Reports, query: Asking, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """The status and body of `POST /api/reports/query`, asked by a reader unless told otherwise."""
    sent = token("reader") if headers is None else headers
    async with reports.http.post(f"{reports.address}/api/reports/query", json=query, headers=sent) as response:
        return response.status, await response.json()


async def model_of(reports: Reports) -> tuple[int, Any]:
    """The status and body of `GET /api/reports/query/model`."""
    answer = await reports.get("query/model")
    return answer.status, answer.body
