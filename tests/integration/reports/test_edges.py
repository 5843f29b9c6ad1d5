"""The edges of ranges: what happened at this very moment is in, what happened exactly a range ago is out."""

from dataclasses import replace
from datetime import datetime, timedelta

from integration.reports.told import tell
from oracle.reports import REPORTS as ORACLE
from oracle.small_session import EARLIER, STARTED, WITH_EARLIER_SESSION
from oracle.world import World
from unit.ingestor_api.reports.worked_examples import PARAMETERS

from ingestor_api.reports.reader import read
from ingestor_api.reports.registry import REPORTS
from ingestor_common.store.pool import Pool

SECONDS_OF_ANSWERS = (70, 80, 120, 150, 186, 200, 204, 330, 340)


async def test_an_answer_of_this_moment_is_recent_and_one_of_exactly_the_range_ago_is_not(
    store: Pool, reader: Pool
) -> None:
    await tell(store, [WITH_EARLIER_SESSION.catalog, WITH_EARLIER_SESSION.events])
    for last in SECONDS_OF_ANSWERS:
        for first in SECONDS_OF_ANSWERS:
            if first < last:
                now = STARTED + timedelta(seconds=last)
                await _agree(reader, "active-participants", _at(now), time_range=f"{last - first}s")


async def test_a_session_that_starts_now_is_in_the_range_and_one_of_exactly_the_range_ago_in_the_one_before(
    store: Pool, reader: Pool
) -> None:
    await tell(store, [WITH_EARLIER_SESSION.catalog, WITH_EARLIER_SESSION.events])
    a_week_after, a_month_after = STARTED + timedelta(days=7), STARTED + timedelta(days=30)
    for now in (STARTED, EARLIER, a_week_after, a_month_after, EARLIER + timedelta(days=20)):
        for edge in (-timedelta(microseconds=1), timedelta(0), timedelta(microseconds=1)):
            world = _at(now + edge)
            await _agree(reader, "classroom-overview", world)
            for name in ("classroom-engagement", "classroom-engagement-history"):
                for length in ("5d", "7d", "10d"):
                    await _agree(reader, name, world, date_range=length)


def _at(now: datetime) -> World:
    return replace(WITH_EARLIER_SESSION, now=now)


async def _agree(reader: Pool, name: str, world: World, **ranges: str) -> None:
    (report,) = (report for report in REPORTS if report.name == name)
    parameters = PARAMETERS[name] | ranges
    body = await read(reader, report, report.asked.model_validate(parameters), world.now)
    assert body.model_dump(mode="json") == ORACLE[name](world, **parameters)
