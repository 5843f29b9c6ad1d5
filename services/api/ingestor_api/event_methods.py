"""The event routes as the framework knows them, so that it refuses their other methods; the front answers POST."""

from fastapi import APIRouter

from ingestor_api.batch import Batch
from ingestor_api.single import Single

router = APIRouter(include_in_schema=False)


@router.post(Single.route)
@router.post(Batch.route)
async def answered_by_the_front() -> None:
    raise NotImplementedError
