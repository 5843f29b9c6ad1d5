"""The OpenAPI document describes every report: what is asked, a typed body with a description, and an example."""

from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter

from ingestor_api.reports.examples import example_of
from ingestor_api.reports.registry import REPORTS
from ingestor_api.reports.report import Report
from ingestor_api.reports.routes import router

each_report = pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)


@pytest.fixture(scope="module")
def document() -> Any:
    app = FastAPI()
    app.include_router(router)
    return app.openapi()


@each_report
def test_a_report_says_what_it_is_and_what_it_takes(document: Any, report: Report[Any, Any]) -> None:
    operation = document["paths"][f"/api/reports/{report.name}"]["get"]
    assert operation["summary"]
    assert operation["description"]
    assert operation["security"]
    assert {parameter["name"] for parameter in operation["parameters"]} == set(report.asked.model_fields)
    assert all(parameter["description"] for parameter in operation["parameters"])


@each_report
def test_a_report_has_a_typed_body_with_an_example(document: Any, report: Report[Any, Any]) -> None:
    content = document["paths"][f"/api/reports/{report.name}"]["get"]["responses"]["200"]["content"]
    body = content["application/json"]
    name = body["schema"]["$ref"].rsplit("/", 1)[1]
    assert document["components"]["schemas"][name]["description"]
    (example,) = body["examples"].values()
    assert example["value"] == example_of(report.name)


@each_report
def test_an_example_has_the_fields_of_the_body_and_no_others(report: Report[Any, Any]) -> None:
    example = example_of(report.name)
    assert TypeAdapter(report.body).validate_python(example).model_dump(mode="json") == example
