"""A dead letter's headers stand behind its record's, and are told from those by their place."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_consumer.batches import SOURCE, record

from ingestor_common.records import DEAD_LETTER_HEADERS, AnyHeaders, split_dead_letter
from ingestor_consumer.batch import Letter
from ingestor_consumer.deadletter import headers
from ingestor_consumer.decoding import Refusal

REFUSAL = Refusal("not_json", "what is wrong")
NOW = datetime(2026, 9, 1, tzinfo=UTC)
own_headers = st.lists(
    st.tuples(st.sampled_from([*DEAD_LETTER_HEADERS, "request-id"]), st.none() | st.binary(max_size=2))
)


def _headers(own: AnyHeaders, time_ms: int = 0) -> AnyHeaders:
    return headers(SOURCE, Letter(0, record(3, REFUSAL)._replace(time_ms=time_ms), REFUSAL), NOW, own)


@given(own_headers)
def test_a_records_headers_are_told_from_those_of_its_letter(own: AnyHeaders) -> None:
    found, ours = split_dead_letter(_headers(own))
    assert found == own
    assert [name for name, _ in ours] == list(DEAD_LETTER_HEADERS)


@pytest.mark.parametrize(("time_ms", "said"), [(1001, b"1001"), (1003, b"1003"), (-1, b"-1"), (-(2**62), b"-1")])
def test_a_letter_says_its_records_time_to_the_millisecond(time_ms: int, said: bytes) -> None:
    assert _headers([], time_ms)[-1] == ("dlq-timestamp", said)
