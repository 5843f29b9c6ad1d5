"""Answers the methods that a POST-only event route does not take; POST itself never comes this far."""

from fastapi import APIRouter

from ingestor_api.errors import unknown_method

router = APIRouter(include_in_schema=False)


@router.api_route("/api/events", methods=["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def not_post() -> None:
    raise unknown_method(["POST"])
