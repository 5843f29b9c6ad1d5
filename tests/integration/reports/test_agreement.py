"""All 22 reports say what the independent oracle says, for any world and however the product came to know it."""

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from integration.reports.told import tell_anew
from oracle.call_strategies import report_parameters
from oracle.histories import histories
from oracle.reports import REPORTS as ORACLE
from oracle.strategies import worlds
from oracle.world import World

from ingestor_api.reports.reader import read
from ingestor_api.reports.registry import REPORTS
from ingestor_common.store.pool import Pool

CALLS_OF_EACH_REPORT = 2


@pytest.mark.long
@given(world=worlds(), data=st.data())
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_every_report_agrees_with_the_oracle(
    store: Pool, reader: Pool, world: World, data: st.DataObject
) -> None:
    await tell_anew(store, data.draw(histories(world), label="history"))
    for report in REPORTS:
        for _ in range(CALLS_OF_EACH_REPORT):
            parameters = data.draw(report_parameters(report.name), label=report.name)
            body = await read(reader, report, report.asked(**parameters), world.now)
            note(report.name)
            assert body.model_dump(mode="json") == ORACLE[report.name](world, **parameters)


def test_the_oracle_and_the_product_have_the_same_reports() -> None:
    assert {report.name for report in REPORTS} == set(ORACLE)
