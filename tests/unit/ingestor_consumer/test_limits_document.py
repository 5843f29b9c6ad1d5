"""docs/operations/limits.md says the bounds that the consumer has."""

from pathlib import Path

import pytest
from unit.limits import bounds_of, names_in

import ingestor_consumer
from ingestor_common import json_text, record_values, turns
from ingestor_common.kafka_log import judging
from ingestor_consumer import (
    batch_size,
    deadletter,
    decoding,
    partition,
    reading,
    retry,
    service,
    session,
    settling,
    verdicts,
)

DOCUMENT = Path(__file__).parents[3] / "docs/operations/limits.md"
KIB = 1024
MIB = 1024 * KIB


@pytest.mark.parametrize(
    ("what", "bound"),
    [
        (
            "reading at one go, of all partitions together",
            f"{turns.TURN_SECONDS * 1000:g} ms, and one record or the inflating of one set",
        ),
        ("records of a batch", f"{reading.BATCH_RECORDS:,}, from {reading.BATCH_BYTES // MIB} MiB of records"),
        ("a record set, uncompressed, read beside others", f"{reading.SMALL_SET_BYTES // MIB} MiB"),
        ("a record set, uncompressed", f"{judging.LARGEST_SET_BYTES // MIB} MiB"),
        ("a record's value that is looked at", f"{record_values.LARGEST_EVENT // MIB} MiB"),
        ("nesting of a record's value", f"{json_text.MAX_DEPTH} levels"),
        ("a value that goes to the dead-letter topic whole", f"{deadletter.WHOLE_BYTES // MIB} MiB"),
        ("a dead letter's `dlq-error`", f"{decoding.LONGEST_ERROR:,} characters"),
        ("time for a dead letter to be acknowledged", f"{deadletter.DELIVERY_SECONDS:g} s"),
        ("what is read in search of a record set's end", f"{judging.MOST_FETCH_BYTES // MIB} MiB"),
        (
            "reading and storing a record set that is not read beside others",
            f"{partition.LARGE_SECONDS:g} s",
        ),
        ("pause before what failed is tried again", f"up to {retry.LONGEST_SECONDS:g} s"),
        ("storing what was taken, when a partition is revoked", f"{session.DRAIN_SECONDS:g} s"),
        (
            "records stored in one transaction",
            f"as many as take {batch_size.ROWS_SECONDS:g} s ({batch_size.QUICK_ROWS_SECONDS:g} s where that is "
            f"{1 / batch_size.QUICK_ROW_SECONDS:,.0f} a second or more), or {batch_size.FIXED_TIMES} times what the "
            f"transaction takes without any, up to {batch_size.LONGEST_ROWS_SECONDS:g} s; "
            f"{batch_size.FIRST_RECORDS} at first, 1 at least",
        ),
        ("time of a batch's transaction", f"{settling.BATCH_SECONDS:g} s"),
        ("attempts in a row that take too long", f"{settling.LATE_TO_SAY}"),
        ("waiting for a lock", f"{settling.LOCK_SECONDS:g} s"),
        ("storing a single row", f"{settling.PART_SECONDS:g} s, three times"),
        ("transactions at once", f"{settling.STORES_AT_ONCE}, one of them of what timed out"),
        ("connections to Postgres", f"{service.CONNECTIONS}"),
    ],
)
def test_a_bound_is_the_codes_own(what: str, bound: str) -> None:
    assert f"| {what} | {bound} |" in DOCUMENT.read_text()


def test_what_is_cut_and_how_often_a_row_is_tried_is_told() -> None:
    assert f"its first {deadletter.CUT_BYTES // KIB} KiB" in DOCUMENT.read_text()
    assert verdicts.TIMEOUTS_TO_SUSPECT == 3
    assert reading.BATCH_RECORDS == batch_size.MOST_RECORDS, "what is read together may be stored together"


def test_every_bound_of_the_code_is_held_against_the_document() -> None:
    assert not bounds_of(ingestor_consumer) - names_in(Path(__file__)), "list them in limits.md, and above"
