"""The system of compose.yaml, once for all tests of this folder."""

from collections.abc import Iterator

import pytest
from e2e.artifacts import folder_of
from e2e.commands import attempt, free_port, run
from e2e.stack.compose import Stack

# Grafana is left out: its image may not be obtainable where the tests run. It shows what Prometheus has; its dashboard
# is looked at as a file.
_SERVICES = ("kafka", "topics", "postgres", "migrate", "users", "api", "consumer", "prometheus")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """All services but Grafana, on free ports; removed with its volumes afterwards."""
    names = ("API_PORT", "KAFKA_PORT", "KAFKA_JMX_PORT", "POSTGRES_PORT", "PROMETHEUS_PORT")
    ports = {name: free_port() for name in names}
    stack = Stack(ports)
    assert not run("docker", "ps", "--quiet", "--filter", "name=^analytics-kafka$"), "compose.yaml runs here already"
    try:
        stack.compose("up", "--detach", *_SERVICES, seconds=300)
        stack.until_ready()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--timeout", "20")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep the services' logs right after a failure."""
    report = yield
    if report.failed:  # type: ignore[attr-defined]
        folder = folder_of(f"{item.name}-{report.when}")  # type: ignore[attr-defined]
        for file, arguments in {"services.txt": ("ps", "--all"), "logs.txt": ("logs", "--no-color")}.items():
            done = attempt("docker", "compose", *arguments)
            (folder / file).write_text(done.stdout + done.stderr)
        report.sections.append(("artifacts", str(folder)))  # type: ignore[attr-defined]
    return report
