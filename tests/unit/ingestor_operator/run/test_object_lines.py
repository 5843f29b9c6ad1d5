"""kopf's log lines about objects, as they reach the log."""

import logging

import pytest

from ingestor_operator.run.object_lines import ObjectLines

QUIZ = {"k8s_ref": {"namespace": "school", "name": "quiz", "kind": "IngestorDeployment"}}


@pytest.fixture
def logger() -> logging.Logger:
    """A logger of its own with the filter."""
    made = logging.Logger("kopf.objects")
    made.addFilter(ObjectLines())
    return made


def lines(logger: logging.Logger) -> list[str]:
    """What the logger writes from now on."""
    written: list[str] = []

    class Written(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    logger.addHandler(Written())
    return written


def test_a_deletion_that_waits_is_no_line(logger: logging.Logger) -> None:
    written = lines(logger)
    logger.error("Handler 'release' failed temporarily: 1 record is not stored yet", extra=QUIZ)
    assert written == []


def test_every_other_line_names_its_object(logger: logging.Logger) -> None:
    written = lines(logger)
    logger.error("Handler %r failed with an exception.", "release", extra=QUIZ)
    logger.warning("Something of no object at 100%")
    assert written == ["school/quiz: Handler 'release' failed with an exception.", "Something of no object at 100%"]
