"""What the stores raise becomes a sentence that names the server."""

from concurrent.futures import Future

import pytest

from ingestor_admin.failures import Unreachable, plain_failures
from ingestor_admin.settings import AdminSettings
from ingestor_common.kafka import answer
from ingestor_common.store.errors import CONNECTION_LOST


@pytest.mark.parametrize("kind", CONNECTION_LOST)
def test_a_database_that_is_lost_in_the_middle_is_named(kind: type[Exception]) -> None:
    settings = AdminSettings.model_validate({"database_url": "postgresql://reader:secret@db.example:5432/quiz"})
    with pytest.raises(Unreachable, match="db.example") as failure, plain_failures(settings):
        raise kind("the connection ended")
    assert "secret" not in str(failure.value)


def test_the_one_that_gives_no_answer_in_time_is_named() -> None:
    settings = AdminSettings.model_validate(
        {"database_url": "postgresql://reader@db.example:5432/quiz", "kafka_brokers": "kafka.example:9092"}
    )
    with (
        pytest.raises(Unreachable, match=r"^Postgres at .*db\.example.*: no answer"),
        plain_failures(settings),
    ):
        raise TimeoutError
    unanswered: Future[None] = Future()
    with pytest.raises(Unreachable, match=r"^Kafka at kafka\.example:9092: no answer"), plain_failures(settings):
        answer(unanswered, -1)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connect call failed ('10.96.169.14', 5432)"),
        OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0)"),
    ],
)
def test_a_database_that_refuses_is_told_in_the_words_of_the_services(error: OSError) -> None:
    settings = AdminSettings.model_validate({"database_url": "postgresql://reader@db.example:5432/quiz"})
    with (
        pytest.raises(Unreachable, match=r"^Postgres at .*db\.example.*: connection refused$"),
        plain_failures(settings),
    ):
        raise error
