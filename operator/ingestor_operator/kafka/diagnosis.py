"""Why Kafka could not be read, in words that say where to look.

A request to a Kafka that cannot be reached fails with "timed out", whatever the cause; the cause is in the errors
that librdkafka reports of its connections meanwhile. The same trouble is always told in the same words, so that the
status is not written anew for every attempt.
"""

import re
from collections.abc import Callable, Iterable

from confluent_kafka import KafkaError, KafkaException

from ingestor_common.network_addresses import brokers_of
from ingestor_common.network_faults import NO_ANSWER
from ingestor_operator.kafka.facts import KafkaUnreachable
from ingestor_operator.model.kafka import Kafka

_NOT_REACHED = (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN)
_SILENCE = (KafkaError._TIMED_OUT, KafkaError.REQUEST_TIMED_OUT)
_LOST = {
    KafkaError._TRANSPORT: "the connection was closed",
    KafkaError._ALL_BROKERS_DOWN: "no broker answers",
}
_CONNECT = re.compile(r"Connect to (?:ipv[46]#)?(\S+) failed: (.*)")
_RESOLVE = re.compile(r"Failed to resolve '([^']*)': .*")
_PLACE = re.compile(r"^(?:\w+://)?\S+:\d+/\S+: ")
_MOMENT = re.compile(r" \(after \d+ms in state \w+\)")
_OPENSSL = re.compile(r"error:\w+:SSL routines::")


def unreachable(kafka: Kafka, error: KafkaException, troubles: Iterable[KafkaError] = ()) -> KafkaUnreachable:
    """What to say of a Kafka that does not answer or does not let us in.

    `troubles` are the errors of the connections since the request began, in any order.
    """
    failure, seen = error.args[0], list(troubles)
    if isinstance(failure, KafkaError) and failure.code() in _NOT_REACHED:
        if logins := _details(seen, _is_login):
            return _login_refused(kafka, logins[0])
        if handshakes := _details(seen, _is_tls):
            return _tls_failed(kafka, handshakes[0])
        if connections := _details(seen, _is_connection):
            return _not_read(kafka, connections[0])
    lost = _LOST.get(failure.code()) if isinstance(failure, KafkaError) else None
    return _not_read(kafka, lost or words(error))


def words(error: KafkaException) -> str:
    """What librdkafka says of the failure, without a full stop."""
    failure = error.args[0]
    if not isinstance(failure, KafkaError):
        return str(error)
    if failure.code() in _SILENCE:
        return NO_ANSWER
    text = failure.str().removeprefix("Local: ").rstrip(". ")
    # Some answers of a broker come without a text.
    return f"{text} {failure.name()}" if text.endswith(":") or not text else text


def _is_login(trouble: KafkaError) -> bool:
    return trouble.code() == KafkaError._AUTHENTICATION


def _is_tls(trouble: KafkaError) -> bool:
    # A refused client certificate comes as a transport error with OpenSSL's words.
    return trouble.code() == KafkaError._SSL or "SSL" in trouble.str()


def _is_connection(trouble: KafkaError) -> bool:
    return trouble.code() in (KafkaError._TRANSPORT, KafkaError._RESOLVE)


def _details(troubles: Iterable[KafkaError], wanted: Callable[[KafkaError], bool]) -> list[str]:
    """What they say without places and times, in an order that does not depend on which came first."""
    texts = (_MOMENT.sub("", _PLACE.sub("", trouble.str())) for trouble in troubles if wanted(trouble))
    return sorted({_OPENSSL.sub("", text).rstrip(".") for text in texts})


def _login_refused(kafka: Kafka, detail: str) -> KafkaUnreachable:
    where = f"Secret {kafka.sasl.secret_ref.name}" if kafka.sasl else "kafka.sasl, which is absent"
    return KafkaUnreachable(
        "KafkaLoginRefused", f"Kafka at {kafka.bootstrap_servers} refuses the login: {detail}. Look at {where}."
    )


def _tls_failed(kafka: Kafka, detail: str) -> KafkaUnreachable:
    return KafkaUnreachable(
        "KafkaTlsFailed", f"TLS with Kafka at {kafka.bootstrap_servers} fails: {_tls(kafka, detail)}."
    )


def _tls(kafka: Kafka, detail: str) -> str:
    if "certificate verify failed" in detail:
        return f"the broker's certificate is not what {_authority(kafka)} vouches for ({_first_words(detail)})"
    if "alert" in detail:
        return f"the broker does not accept {_client(kafka)} ({detail})"
    return detail


def _authority(kafka: Kafka) -> str:
    ca = kafka.tls.ca_secret_ref if kafka.tls else None
    if ca is None:
        return "any authority of the system (kafka.tls.caSecretRef is absent)"
    return f"the authority in Secret {ca.name}[{ca.key}]"


def _client(kafka: Kafka) -> str:
    client = kafka.tls.client_secret_ref if kafka.tls else None
    if client is None:
        return "a client without a certificate (kafka.tls.clientSecretRef is absent)"
    return f"the client's certificate in Secret {client.name}[{client.certificate_key}]"


def _first_words(detail: str) -> str:
    """Without librdkafka's advice, which is about files that do not exist here."""
    return detail.removeprefix("SSL handshake failed: ").split(", verify that")[0]


def _not_read(kafka: Kafka, detail: str) -> KafkaUnreachable:
    message = f"Kafka at {kafka.bootstrap_servers} could not be read: {_plain(detail)}."
    if _RESOLVE.fullmatch(detail) and (short := _short_names(kafka)):
        message += (
            f" A name without dots ({', '.join(short)}) is looked for in the operator's own namespace;"
            f" write {short[0]}.NAMESPACE.svc."
        )
    return KafkaUnreachable("KafkaUnreachable", message)


def _plain(detail: str) -> str:
    """What librdkafka says of a connection, without its words for what it was doing."""
    if found := _CONNECT.fullmatch(detail):
        return f"the connection to {found[1]} fails: {found[2].lower()}"
    if found := _RESOLVE.fullmatch(detail):
        return f"the name of the host in {found[1]} is not found"
    return detail


def _short_names(kafka: Kafka) -> list[str]:
    hosts = (broker.host for broker in brokers_of(kafka.bootstrap_servers))
    return [host for host in hosts if not {".", ":"} & set(host) and host != "localhost"]
