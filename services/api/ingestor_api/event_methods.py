"""Answers the methods that POST-only event routes do not take; POST itself never comes this far."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException

router = APIRouter(include_in_schema=False)


@router.api_route("/api/events", methods=["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def not_post() -> None:
    raise HTTPException(405, headers={"Allow": "POST"})
