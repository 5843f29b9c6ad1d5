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
