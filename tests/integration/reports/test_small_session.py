"""The product's own answers for the small session are the worked examples that its documentation shows."""

import asyncpg
import pytest
from integration.reports.told import tell
from oracle.small_session import NOW, SMALL_SESSION
from unit.ingestor_api.reports.worked_examples import PARAMETERS, written

from ingestor_api.reports.reader import read
from ingestor_api.reports.registry import REPORTS
from ingestor_common.store.pool import Pool


async def test_every_worked_example_is_what_the_product_answers(store: Pool, reader: Pool) -> None:
    await tell(store, [SMALL_SESSION.catalog, SMALL_SESSION.events])
    for report in REPORTS:
        body = await read(reader, report, report.asked.model_validate(PARAMETERS[report.name]), NOW)
        assert body.model_dump(mode="json") == written(report.name)


async def test_a_report_cannot_write(reader: Pool) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await reader.execute("DELETE FROM sessions")
