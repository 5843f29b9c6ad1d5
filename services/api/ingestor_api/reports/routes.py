"""`GET /api/reports/<name>` for every report."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ingestor_api.dependencies import Reader
from ingestor_api.reports.access import Now, ReportsPool
from ingestor_api.reports.conditional import conditional
from ingestor_api.reports.examples import example_of
from ingestor_api.reports.faults import ReportRoute
from ingestor_api.reports.query.routes import router as query
from ingestor_api.reports.reader import read
from ingestor_api.reports.registry import REPORTS
from ingestor_api.reports.report import Report

router = APIRouter(prefix="/api/reports", tags=["reports"], route_class=ReportRoute)


def _endpoint(report: Report[Any, Any]) -> Callable[..., Awaitable[Response]]:
    # FastAPI reads the parameters from the annotation, which here is a value.
    parameters = Annotated[report.asked, Query()]  # type: ignore[name-defined]

    async def endpoint(
        request: Request,
        asked: parameters,
        pool: ReportsPool,
        now: Now,
        _: Reader,
    ) -> Response:
        body = await read(pool, report, asked, now)
        return conditional(request, body.model_dump_json().encode())

    return endpoint


def _responses(report: Report[Any, Any]) -> dict[int | str, dict[str, Any]]:
    example = {"the small session of docs/reports.md": {"value": example_of(report.name)}}
    return {
        200: {"model": report.body, "content": {"application/json": {"examples": example}}},
        304: {"description": "Nothing has changed since the answer with the ETag in If-None-Match"},
        504: {"description": "The report took too long; ask for less, or again later"},
    }


for _report in REPORTS:
    router.add_api_route(
        f"/{_report.name}",
        _endpoint(_report),
        methods=["GET"],
        name=_report.name,
        summary=_report.title,
        description=inspect.getdoc(_report.build),
        responses=_responses(_report),
    )

router.include_router(query)
