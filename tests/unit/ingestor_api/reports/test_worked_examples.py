"""The examples in the OpenAPI document and in docs/reports.md are what the oracle computes for the small session."""

import pytest
from oracle.reports import REPORTS
from unit.ingestor_api.reports.worked_examples import DOCUMENT, PARAMETERS, computed, documented, written


def test_every_report_has_an_example() -> None:
    assert set(PARAMETERS) == set(REPORTS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_example_in_the_package_has_the_oracles_numbers(name: str) -> None:
    assert written(name) == computed(name)


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_example_in_the_documentation_has_the_oracles_numbers(name: str) -> None:
    assert documented()[name] == computed(name)


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_documentation_shows_the_whole_call(name: str) -> None:
    query = "&".join(f"{key}={value}" for key, value in PARAMETERS[name].items())
    assert f"`GET /api/reports/{name}?{query}`" in DOCUMENT.read_text(encoding="utf-8")
