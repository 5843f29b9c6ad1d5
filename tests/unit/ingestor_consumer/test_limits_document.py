"""docs/operations/limits.md says the bounds that the consumer has."""

from pathlib import Path

import pytest

from ingestor_common import json_text, turns
from ingestor_consumer import deadletter, decoding, reading, service, settling, verdicts

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
        ("a record set, uncompressed", f"{reading.LARGEST_SET_BYTES // MIB} MiB"),
        ("a record's value that is looked at", f"{decoding.LARGEST_EVENT // MIB} MiB"),
        ("nesting of a record's value", f"{json_text.MAX_DEPTH} levels"),
        ("a value that goes to the dead-letter topic whole", f"{deadletter.WHOLE_BYTES // MIB} MiB"),
        ("time of a batch's transaction", f"{settling.BATCH_SECONDS:g} s"),
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
