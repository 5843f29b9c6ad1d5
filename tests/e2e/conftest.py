"""How long the end-to-end tests take: their end says it, and beyond the limit the run fails."""

import time
from typing import Final

import pytest

MOST_SECONDS: Final = 1_200
"""Twenty minutes: whoever waits for more than that begins to leave the tests out."""
_STARTED: Final = pytest.StashKey[float]()
_TOOK: Final = pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_STARTED] = time.monotonic()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that took too long, as one that a second try of its failures cannot mend."""
    took = session.config.stash[_TOOK] = time.monotonic() - session.config.stash[_STARTED]
    if took > MOST_SECONDS:
        session.shouldfail = (
            f"the end-to-end tests took {took:,.0f} s, which is more than the {MOST_SECONDS:,} s that they may take"
        )
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how long it took."""
    took = config.stash[_TOOK]
    terminalreporter.write_line(f"the end-to-end tests took {took:,.0f} s of at most {MOST_SECONDS:,} s")
