"""What a broker says about one record is told from what concerns all of them."""

import pytest
from confluent_kafka import KafkaError

from ingestor_api.record_refusals import Refusal, refusal_of


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (KafkaError.MSG_SIZE_TOO_LARGE, Refusal.SIZE),
        (KafkaError.RECORD_LIST_TOO_LARGE, Refusal.SIZE),
        (KafkaError._INVALID_DIFFERENT_RECORD, Refusal.NEIGHBOUR),
        (KafkaError.INVALID_RECORD, Refusal.CONTENT),
        (KafkaError.INVALID_TIMESTAMP, Refusal.CONTENT),
        (KafkaError.POLICY_VIOLATION, Refusal.CONTENT),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, None),
        (KafkaError.CLUSTER_AUTHORIZATION_FAILED, None),
        (KafkaError.NOT_ENOUGH_REPLICAS, None),
        (KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND, None),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, None),
        (KafkaError.THROTTLING_QUOTA_EXCEEDED, None),
        (KafkaError._MSG_TIMED_OUT, None),
    ],
)
def test_only_an_answer_about_records_is_a_refusal(code: int, refusal: Refusal | None) -> None:
    assert refusal_of(KafkaError(code)) is refusal


def test_no_error_is_no_refusal() -> None:
    assert refusal_of(None) is None
