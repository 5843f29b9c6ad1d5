"""docs/operations/limits.md says the bounds that the code has."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from unit.limits import bounds_of, names_in

import ingestor_api
from ingestor_api import (
    ahead,
    app,
    batch,
    bounds,
    catalog,
    connections,
    context,
    direct,
    endings,
    errors,
    framing,
    main,
    producer,
    reads,
    rejections,
    runtime,
    single,
    text,
    topic_logs,
    unsent,
)
from ingestor_api.auth import allowance, hashing_queue, jwks, key_document, throttle, tokens, verifier, withdrawal
from ingestor_api.reports import distributions, parameters, periods, reader, sizes
from ingestor_api.reports.query import filters, request
from ingestor_api.reports.session import dropoff_analysis
from ingestor_api.settings import ApiSettings
from ingestor_common import (
    addresses,
    event_fields,
    events,
    faults,
    json_faults,
    json_parts,
    json_text,
    passwords,
    probes,
    turns,
)
from ingestor_common.store import grading, regrades, users

DOCUMENT = Path(__file__).parents[3] / "docs/operations/limits.md"
KIB = 1024
MIB = 1024 * KIB
CONNECTIONS = (
    direct.CONCURRENT_TRANSACTIONS + runtime.QUERY_CONNECTIONS + runtime.HEALTH_CONNECTIONS + reader.CONNECTIONS
)


@pytest.mark.parametrize(
    ("what", "bound"),
    [
        ("head of a request", f"{bounds.MAX_HEAD_BYTES // KIB} KiB"),
        ("headers of a request", f"{bounds.MAX_HEADERS}"),
        ("URL of a request", f"{bounds.MAX_URL_BYTES // KIB} KiB"),
        (
            "requests that have begun and are not answered, of all connections together: their heads, what has come of "
            f"their bodies and no route has read, what has come behind them, {bounds.REQUEST_BYTES // KIB} KiB for "
            f"each, {bounds.HEADER_BYTES} bytes for each header",
            f"{bounds.REQUEST_BYTES_AT_ONCE // MIB} MiB",
        ),
        ("work for a request that is given up so, whatever it waits for", f"{endings.LET_GO_SECONDS:g} s"),
        ("connections of clients", f"{bounds.MAX_CONNECTIONS:,}"),
        ("time for a head to arrive", f"{bounds.HEAD_SECONDS:g} s"),
        ("time for a body to arrive", f"{bounds.BODY_SECONDS:g} s"),
        (
            "what comes after an answer that closes the connection: the rest of its body, or anything else",
            f"{endings.UNREAD_BYTES // MIB} MiB, and {endings.LINGER_SECONDS:g} s",
        ),
        (
            "what a body in chunks has beside its content: the chunks' lines, fields behind the body",
            f"{framing.MAX_GAP_BYTES // KIB} KiB, and an eighth of the content",
        ),
        ("empty lines before a request", f"{bounds.MAX_HEAD_BYTES // KIB} KiB"),
        (
            "rest of a body that is answered already, on a connection that is kept",
            f"{endings.UNREAD_BYTES // MIB} MiB",
        ),
        ("time in which a client takes nothing of what it is sent", f"{bounds.SEND_SECONDS:g} s"),
        (
            "answers that wait to be sent, on all connections together",
            f"{unsent.UNSENT_BYTES_AT_ONCE // MIB} MiB",
        ),
        ("what is read of a connection at once", f"{reads.READ_BYTES // KIB} KiB"),
        ("what is parsed behind a request that waits for its turn", f"{ahead.PIECE_BYTES // KIB} KiB"),
        ("what is read of a body before its route asks for it", f"{reads.READ_BYTES // KIB} KiB"),
        ("connection on which nothing is asked", f"{main.KEEP_ALIVE_SECONDS} s"),
        ("one event", f"{single.MAX_EVENT_BYTES // KIB} KiB"),
        ("a batch", f"{batch.MAX_BATCH_BYTES // MIB} MiB and {batch.MAX_BATCH_EVENTS:,} events"),
        ("reading of a batch, waiting for its turns included", f"{batch.READING_SECONDS:g} s"),
        ("reading of a batch at one go, of all batches together", f"{turns.TURN_SECONDS * 1000:g} ms, and one event"),
        (
            "members of an event that is no JSON in which a fault is looked for",
            f"the first {event_fields.MOST_LOOKED_AT}, and known fields behind them up to "
            f"{2 * event_fields.MOST_LOOKED_AT} together",
        ),
        ("brackets and commas of an event that is no JSON", f"{json_parts.MOST_STEPS_OF_OBJECT:,}"),
        ("members of more than two levels of brackets of an event that is no JSON", f"{json_faults.MOST_STEPS:,}"),
        ("a login, a sign-up", f"{context.MAX_OPEN_BODY_BYTES // KIB} KiB"),
        ("any other body", f"{context.MAX_BODY_BYTES // MIB} MiB, and {context.MAX_VALUES:,} values"),
        ("bodies held at once, of all routes together", f"{app.BODY_BYTES_AT_ONCE // MIB} MiB"),
        ("of these, what batches that wait will say of their bad events", f"{app.REJECTION_BYTES_AT_ONCE // MIB} MiB"),
        ("of these, bodies of the catalog and of queries", f"{context.JSON_BYTES_AT_ONCE // MIB} MiB"),
        ("of these, logins and sign-ups without a token of an account", f"{context.OPEN_BYTES_AT_ONCE // MIB} MiB"),
        ("nesting of a body, and of each event of a batch", f"{json_text.MAX_DEPTH} levels"),
        ("faults named in an answer", f"{faults.MAX_FAULTS}"),
        (
            "reasons of a batch's bad events that are said whole",
            f"up to {rejections.WHOLE_REASONS:,} characters together",
        ),
        (
            "brackets, and commas between events, of a batch that is no JSON",
            f"{json_parts.MOST_STEPS:,}",
        ),
        ("an `Authorization` header", f"{verifier.MAX_HEADER_BYTES // KIB} KiB"),
        (
            "what an answer says is wrong",
            f"{errors.MAX_WORDS:,} characters; {errors.MAX_FIELD} of a field's name",
        ),
        ("an event's time", f"{events.FUTURE_TOLERANCE // timedelta(hours=1)} h ahead"),
        ("students of a roster", f"{catalog.MAX_ROSTER:,}"),
        ("a name, a title", f"{users.LONGEST_NAME} characters"),
        ("a quiz's description, a question's text", f"{text.LONGEST_TEXT:,} characters"),
        ("a question's answer key", f"{text.LONGEST_ANSWER:,} characters"),
        ("an account's address", f"{addresses.LONGEST} characters"),
        ("a password", f"{passwords.LONGEST:,} characters, at sign-up at least {passwords.SHORTEST}"),
        ("values of a query's filter", f"{filters.MAX_VALUES:,}"),
        ("fields of a query, of its time range and of one of its orders, known or not", f"{request.MAX_FIELDS}"),
        (
            "tokens remembered",
            f"{verifier.MAX_REMEMBERED:,}, and {verifier.MAX_REMEMBERED_BYTES // MIB} MiB",
        ),
        (
            "single events worked on at once",
            f"{ApiSettings.model_fields['max_in_flight'].default:,} (`MAX_IN_FLIGHT`)",
        ),
        ("batches worked on at once", f"{app.BATCHES_AT_ONCE}"),
        (
            "wrong passwords for an account from one address",
            f"{throttle.PER_ACCOUNT_AND_NETWORK.burst}, then one in {throttle.PER_ACCOUNT_AND_NETWORK.seconds:g} s",
        ),
        (
            "wrong passwords for an account from all addresses that never logged in to it",
            f"{throttle.PER_ACCOUNT.burst}, then one in {throttle.PER_ACCOUNT.seconds:g} s",
        ),
        (
            "wrong passwords from one address",
            f"{throttle.PER_NETWORK.burst}, then one in {throttle.PER_NETWORK.seconds:g} s",
        ),
        (
            "sign-ups from one address",
            f"{throttle.SIGNUPS_PER_NETWORK.burst}, then one in {throttle.SIGNUPS_PER_NETWORK.seconds:g} s",
        ),
        (
            "logins from known networks or with a token of the account, waiting for their password to be hashed",
            f"{hashing_queue.WAITING}, of one account and network (or token) {hashing_queue.WAITING_OF_ONE}",
        ),
        (
            "other logins and sign-ups, waiting for their password to be hashed",
            f"{hashing_queue.WAITING}, from one address {hashing_queue.WAITING_OF_ONE}",
        ),
        ("waiting for a password to be hashed", f"{hashing_queue.WAIT_SECONDS:g} s"),
        (
            "accounts and addresses that are counted, or whose last turn at hashing is remembered",
            f"{allowance.MOST_KEYS:,} of each",
        ),
        (
            "reading the keys of another issuer (`JWT_JWKS_URL`)",
            f"{key_document.FETCH_SECONDS:g} s, {key_document.MAX_DOCUMENT_BYTES // MIB} MiB, one at a time",
        ),
        (
            "waiting for them, with a token of a known key",
            f"{jwks.STALE_KEY_SECONDS:g} s, and only where they are older than {jwks.FRESH_SECONDS:g} s",
        ),
        ("clocks that are apart, for tokens", f"{tokens.LEEWAY_SECONDS:g} s"),
        ("a token whose account was disabled or changed", f"{withdrawal.AGAIN_SECONDS:g} s"),
        ("Kafka's acknowledgement of an event", f"{producer.DELIVERY_SECONDS:g} s"),
        ("an event's way into Postgres, where Kafka has not taken it", f"{direct.DEADLINE_SECONDS:g} s"),
        (
            "events written to Postgres in one transaction",
            f"{direct.MAX_BATCH:,}, in {('no', 'one', 'two')[direct.CONCURRENT_TRANSACTIONS]} transactions at a time",
        ),
        ("a lock that somebody else holds on one session, question or month", f"{direct.LOCK_SECONDS:g} s"),
        (
            "questions to Kafka whether a record exists, for `GET /api/events/{id}`",
            f"one at a time, {topic_logs.PAUSE_SECONDS:g} s apart",
        ),
        ("one read or change of the catalog, one lookup", f"{runtime.QUERY_SECONDS:g} s"),
        ("one report", f"{reader.STATEMENT_SECONDS:g} s"),
        ("rows of a report's page", f"{parameters.MAX_PAGE_SIZE:,}"),
        ("page of a report", f"{parameters.MAX_PAGE:,}"),
        ("time range of a report", f"{periods.LONGEST.days:,} days"),
        ("questions of dropoff-analysis", f"the first {dropoff_analysis.MOST_QUESTIONS:,} of the session"),
        ("rows of a query", f"{request.MAX_LIMIT:,}"),
        (
            "rows of a query as JSON; texts of answers on a report's page",
            f"{sizes.MAX_ANSWER_BYTES // MIB} MiB",
        ),
        ("connections at once", f"{probes.CONNECTIONS}"),
        ("time from a connection to the end of its answer", f"{probes.REQUEST_SECONDS:g} s"),
        (
            "head of a request to it",
            f"{probes.MAX_HEAD_BYTES // KIB} KiB; the operator's: a line of 8 KiB",
        ),
        ("connections to Postgres, of one process", f"{CONNECTIONS}, eight of them for reports"),
    ],
)
def test_a_bound_is_the_codes_own(what: str, bound: str) -> None:
    assert f"| {what} | {bound} |" in DOCUMENT.read_text()


FIELDS = msgspec.json.schema(events.Event)["$defs"]["Event"]["properties"]


def _schema(field: str) -> dict[str, int]:
    return next((one for one in FIELDS[field].get("anyOf", ()) if one["type"] != "null"), FIELDS[field])


@pytest.mark.parametrize(
    ("what", "bound"),
    [
        ("an event's `event_id`", f"{_schema('event_id')['maxLength']} characters"),
        *[
            ("an event's `answer` and `correct_answer`", f"{_schema(field)['maxLength']:,} characters")
            for field in ("answer", "correct_answer")
        ],
        *[
            (f"an event's `{field}`", f"{_schema(field)['minimum']} to {_schema(field)['maximum']:,}")
            for field in ("timer_sec", "response_time_ms")
        ],
    ],
)
def test_a_bound_of_an_events_field_is_the_codes_own(what: str, bound: str) -> None:
    assert f"| {what} | {bound} |" in DOCUMENT.read_text()


@pytest.mark.parametrize(
    "sentence",
    [
        f"reports show the {distributions.SHOWN_ANSWERS} most frequent",
        f"regrades up to {regrades.MAX_AT_ONCE} sessions with {regrades.MAX_EVENTS_AT_ONCE:,} events",
        f"A response time is at most {grading.MAX_RESPONSE_MS:,} ms",
        f"the next one waits up to {reader.ACQUIRE_SECONDS:g} s (reports) or {connections.ACQUIRE_SECONDS:g} s",
    ],
)
def test_a_bound_that_is_told_in_a_sentence_is_the_codes_own(sentence: str) -> None:
    assert sentence in " ".join(DOCUMENT.read_text().split())


NOT_OF_CALLERS = {
    # How the service deals with Kafka; nothing of a caller is refused or cut by it.
    "batch_bytes.LARGEST",
    "breaker.LONGEST_PROBE_SECONDS",
    # The numbers that Kafka has.
    "lookup.MAX_OFFSET",
    "lookup.MAX_PARTITION",
}


def test_every_bound_of_the_code_is_held_against_the_document() -> None:
    missing = bounds_of(ingestor_api) - names_in(Path(__file__)) - NOT_OF_CALLERS
    assert not missing, "list them in limits.md, and above"
