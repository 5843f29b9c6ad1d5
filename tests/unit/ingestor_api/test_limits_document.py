"""docs/operations/limits.md says the bounds that the code has."""

from pathlib import Path

import pytest

from ingestor_api import (
    ahead,
    app,
    batch,
    bounds,
    context,
    direct,
    errors,
    framing,
    main,
    producer,
    reads,
    runtime,
    single,
    unsent,
)
from ingestor_api.auth import accounts, throttle, verifier
from ingestor_api.reports import parameters, reader
from ingestor_api.reports.query import filters, request
from ingestor_api.settings import ApiSettings

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
        (
            "heads that have begun and not ended, of all connections together",
            f"{bounds.HEAD_BYTES_AT_ONCE // MIB} MiB",
        ),
        ("time for a head to arrive", f"{bounds.HEAD_SECONDS:g} s"),
        ("time for a body to arrive", f"{bounds.BODY_SECONDS:g} s"),
        (
            "what comes after a refusal that closes",
            f"{bounds.LINGER_BYTES // MIB} MiB, and {bounds.LINGER_SECONDS:g} s",
        ),
        (
            "what a body in chunks has beside its content: the chunks' lines, fields behind the body",
            f"{framing.MAX_GAP_BYTES // KIB} KiB, and an eighth of the content",
        ),
        ("empty lines before a request", f"{bounds.MAX_HEAD_BYTES // KIB} KiB"),
        ("rest of a body that is answered already", f"{bounds.UNREAD_BYTES // MIB} MiB"),
        ("time in which a client takes nothing of what it is sent", f"{bounds.SEND_SECONDS:g} s"),
        (
            "answers that wait to be sent, on all connections together",
            f"{unsent.UNSENT_BYTES_AT_ONCE // MIB} MiB",
        ),
        ("what is read of a connection at once", f"{reads.READ_BYTES // KIB} KiB"),
        ("what is parsed behind a request that waits for its turn", f"{ahead.PIECE_BYTES // KIB} KiB"),
        ("connection on which nothing is asked", f"{main.KEEP_ALIVE_SECONDS} s"),
        ("one event", f"{single.MAX_EVENT_BYTES // KIB} KiB"),
        ("a batch", f"{batch.MAX_BATCH_BYTES // MIB} MiB and {batch.MAX_BATCH_EVENTS:,} events"),
        ("a login, a sign-up", f"{context.MAX_OPEN_BODY_BYTES // KIB} KiB"),
        ("any other body", f"{context.MAX_BODY_BYTES // MIB} MiB, and {context.MAX_VALUES:,} values"),
        ("bodies held at once, of all routes together", f"{app.BODY_BYTES_AT_ONCE // MIB} MiB"),
        ("of these, bodies of the catalog and of queries", f"{context.JSON_BYTES_AT_ONCE // MIB} MiB"),
        ("of these, logins and sign-ups", f"{context.OPEN_BYTES_AT_ONCE // MIB} MiB"),
        ("values of a query's filter", f"{filters.MAX_VALUES:,}"),
        ("fields of one object of a query", f"{request.MAX_FIELDS}"),
        ("fields that an error names", f"{errors.MAX_FAULTS}"),
        ("passwords hashed at once", f"{accounts.HASHING_AT_ONCE}, and {accounts.HASHING_WAITING} that wait"),
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
            "wrong passwords in a minute",
            f"{throttle.FAILURES_PER_ACCOUNT.amount} for an account,"
            f" {throttle.FAILURES_PER_ADDRESS.amount} for an address",
        ),
        ("sign-ups in a minute", f"{throttle.SIGNUPS_PER_ADDRESS.amount} from an address"),
        ("Kafka's acknowledgement of an event", f"{producer.DELIVERY_SECONDS:g} s"),
        ("an event's way into Postgres, where Kafka has not taken it", f"{direct.DEADLINE_SECONDS:g} s"),
        ("a lock that somebody else holds on one session, question or month", f"{direct.LOCK_SECONDS:g} s"),
        ("one report", f"{reader.STATEMENT_SECONDS:g} s"),
        ("rows of a report's page", f"{parameters.MAX_PAGE_SIZE:,}"),
        ("rows of a query", f"{request.MAX_LIMIT:,}"),
        ("connections to Postgres, of one process", f"{CONNECTIONS}, eight of them for reports"),
    ],
)
def test_a_bound_is_the_codes_own(what: str, bound: str) -> None:
    assert f"| {what} | {bound} |" in DOCUMENT.read_text()
