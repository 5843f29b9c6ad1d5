"""What the reports take from the service around them: a pool of their own, and the time it is."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends

from ingestor_api.dependencies import TheRuntime
from ingestor_common.store.pool import Pool


async def reports_pool_of(runtime: TheRuntime) -> Pool:
    """The pool that reports read through."""
    return runtime.reports


async def time_now() -> datetime:
    """The time that a report is made at."""
    return datetime.now(UTC)


ReportsPool = Annotated[Pool, Depends(reports_pool_of)]
Now = Annotated[datetime, Depends(time_now)]
