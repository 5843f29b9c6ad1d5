"""Parameters are ids, pages and ranges; whatever else is sent is refused before it comes near a statement."""

from typing import Any

import pytest
from pydantic import ValidationError
from unit.ingestor_api.reports.hostile import HOSTILE

from ingestor_api.reports.registry import REPORTS
from ingestor_api.reports.report import Report

IDENTIFIER = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_parameter_refuses_every_hostile_text(report: Report[Any, Any]) -> None:
    good = {name: IDENTIFIER for name in report.asked.model_fields if name.endswith("_id")}
    assert report.asked.model_validate(good)
    for name in report.asked.model_fields:
        for text in HOSTILE:
            with pytest.raises(ValidationError):
                report.asked.model_validate(good | {name: text})


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_id_is_required_and_nothing_else_is(report: Report[Any, Any]) -> None:
    required = {name for name, field in report.asked.model_fields.items() if field.is_required()}
    assert required == {name for name in report.asked.model_fields if name.endswith("_id")}
    assert required
