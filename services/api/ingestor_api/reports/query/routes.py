"""`POST /api/reports/query` and `GET /api/reports/query/model`."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from ingestor_api.dependencies import Reader
from ingestor_api.json_body import JsonRoute
from ingestor_api.leaving import WatchedRoute
from ingestor_api.reports.access import ReportsPool
from ingestor_api.reports.query.asked import understood
from ingestor_api.reports.query.bodies import MODEL, QueryAnswer, QueryModel, answer_of
from ingestor_api.reports.query.request import QueryRequest
from ingestor_api.reports.query.running import rows_of
from ingestor_api.reports.query.statement import statement_of


class QueryRoute(JsonRoute, WatchedRoute):
    """A route whose body is read as JSON, and whose statement ends with its client."""


router = APIRouter(prefix="/query", route_class=QueryRoute)

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {504: {"description": "The query took too long; ask for less"}}


@router.post("", summary="Any measures by any dimensions", response_model=QueryAnswer, responses=_RESPONSES)
async def query(asked: QueryRequest, pool: ReportsPool, _: Reader) -> Response:
    """Measures of the facts that the filters and the time range choose, a row for each group of the dimensions.

    Every measure means what the reports mean by it, whatever it is combined with. A fact (an answer, a skip, a
    published question, a session) counts at most once in a group. A session or question has the dimensions of
    answers, such as student_id, through the answers given in or to it: participation_rate by student_id is the whole
    class's participation in the sessions that the student answered in.
    """
    statement = statement_of(understood(asked))
    rows = await rows_of(pool, statement)
    return Response(answer_of(asked, rows, statement), media_type="application/json")


@router.get("/model", summary="What the ad-hoc query knows")
async def model(_: Reader) -> QueryModel:
    """All measures and dimensions, with titles, types and formats."""
    return MODEL
