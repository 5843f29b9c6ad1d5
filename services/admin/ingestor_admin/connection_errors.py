"""Why Kafka cannot be reached: a request that times out says only that it did, the connections say why (ADR 0040)."""

import re
from collections.abc import Iterable
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_common.kafka import client_config
from ingestor_common.settings import KafkaSettings

_SECONDS: Final = 1.0
_TELLING: Final = (KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError._TRANSPORT, KafkaError._RESOLVE)
"""Those that tell more come first: with several brokers all may come."""
_CUT_OFF: Final = "unexpected eof"
"""OpenSSL's words for a handshake that nobody goes on with, as where a balancer has no broker behind it."""
_MOMENT: Final = re.compile(r" \(after \d+ms in state \w+.*\)")


def is_silence(error: KafkaException) -> bool:
    """Whether there was no answer, rather than one that refuses."""
    return bool(error.args) and error.args[0].code() in (
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._ALL_BROKERS_DOWN,
    )


def why_unreachable(settings: KafkaSettings) -> str | None:
    """What connecting fails with, tried for a second; None where it does not fail."""
    errors: list[KafkaError] = []
    callbacks: dict[str, Any] = {"error_cb": errors.append}
    admin = AdminClient(client_config(settings, "ingestor-admin") | {"log_level": 0} | callbacks)
    try:
        admin.list_topics(timeout=_SECONDS)
    except KafkaException:
        # librdkafka keeps the errors of its connections until they are called for.
        admin.poll(0)
    return most_telling(errors)


def is_refusal(error: KafkaError) -> bool:
    """Whether one of the two sides does not let the other one in, which no waiting mends; not that none was reached."""
    if error.code() == KafkaError._AUTHENTICATION:
        return True
    # A client certificate that the broker refuses comes as a transport error with OpenSSL's words.
    return "SSL routines" in error.str() and _CUT_OFF not in error.str()


def most_telling(errors: Iterable[KafkaError]) -> str | None:
    """The words of the error that says most, without the moment, which differs from attempt to attempt."""
    known = [error for error in errors if error.code() in _TELLING]
    known.sort(key=lambda error: _TELLING.index(error.code()))
    return _MOMENT.sub("", known[0].str()) if known else None
