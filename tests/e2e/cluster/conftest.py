"""The charts installed in the kind cluster, and artifacts of what failed there."""

from collections.abc import Iterator

import pytest
from e2e.cluster.artifacts import gather
from e2e.cluster.installation import NAME, install, install_operator
from e2e.cluster.kube import until_ready


@pytest.fixture(scope="session")
def operator() -> None:
    """The operator from its chart."""
    install_operator()


@pytest.fixture(scope="session")
def installed(operator: None) -> None:
    """The installation from its chart."""
    install()


@pytest.fixture
def quiz(installed: None) -> None:
    """The installation, Ready when the test begins, whatever the one before did."""
    until_ready(NAME)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Gather logs, events and objects right after a failure."""
    report = yield
    if report.failed:  # type: ignore[attr-defined]
        folder = gather(f"{item.name}-{report.when}")  # type: ignore[attr-defined]
        report.sections.append(("artifacts", str(folder)))  # type: ignore[attr-defined]
    return report
