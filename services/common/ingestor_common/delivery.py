"""When a record that was handed to librdkafka counts as being in Kafka."""

import time
from typing import Final

from confluent_kafka import KafkaError, Producer

from ingestor_common.kafka import KafkaMessage

WITHOUT_OFFSET: Final = "reported as delivered, without the offset that would prove it"

_POLL_SECONDS: Final = 0.1


def doubt(error: KafkaError | None, report: KafkaMessage) -> str | None:
    """Why a delivery report does not prove that the record is in the log; None where it does.

    A report without an error is not enough. An idempotent producer sends on while earlier requests are unanswered. A
    broker that has just become a partition's leader may refuse the first of them and take the second, which is in
    sequence as far as it knows. librdkafka takes the acknowledgement of the later records for one of the earlier, and
    reports those as delivered though they are nowhere. They have no offset, since no broker ever gave them one.
    """
    if error is not None:
        return error.str()
    return WITHOUT_OFFSET if report.offset() is None else None


def wait_for_reports(producer: Producer, seconds: float) -> None:
    """Serve delivery reports until all have come, or the time is over.

    Not flush(): after a fatal error it goes on calling back with the exception set, which ends as a SystemError.

    Raises:
        KafkaException: the producer failed for good. Reports may be missing then.
    """
    limit = time.monotonic() + seconds
    while len(producer) and time.monotonic() < limit:
        producer.poll(_POLL_SECONDS)
