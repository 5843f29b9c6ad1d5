"""Each report is one statement, whose values are all parameters and whose time is the caller's."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestor_api.reports.registry import REPORTS
from ingestor_api.reports.report import Report

IDENTIFIER = "00000000-0000-4000-8000-000000000000"
NOW = datetime(2026, 3, 2, tzinfo=UTC)

each_report = pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)


def _asked(report: Report[Any, Any]) -> Any:
    return report.asked.model_validate({name: IDENTIFIER for name in report.asked.model_fields if name.endswith("_id")})


@each_report
def test_a_statement_takes_as_many_parameters_as_the_report_gives(report: Report[Any, Any]) -> None:
    numbers = {int(number) for number in re.findall(r"\$(\d+)", report.statement)}
    arguments = report.arguments(_asked(report), NOW)
    assert numbers == set(range(1, len(arguments) + 1))


@each_report
def test_a_statement_never_asks_the_database_for_the_time(report: Report[Any, Any]) -> None:
    assert not re.search(r"\b(now|clock_timestamp|statement_timestamp)\(|\bcurrent_|\blocaltime", report.statement)


def test_every_report_has_a_name_of_its_own() -> None:
    assert len({report.name for report in REPORTS}) == len(REPORTS) == 22
