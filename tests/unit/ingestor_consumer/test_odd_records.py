"""A record of another team's producer is judged as the HTTP API judges the same event."""

from datetime import UTC, datetime

import pytest
from odd_inputs import BODIES, GOOD, OddEvent, odd_events

from ingestor_common.events import Event, InvalidEvent, parse
from ingestor_common.record_values import INVALID_EVENT, NOT_JSON
from ingestor_consumer.decoding import LONGEST_ERROR, Refusal, decode

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def test_a_record_is_the_event_that_the_api_takes_or_refused_in_its_words() -> None:
    for odd in odd_events():
        value = odd.written(GOOD)
        found = decode(value, int(NOW.timestamp() * 1000))
        if odd.faulty is None:
            assert isinstance(found, Event), odd.name
            assert found == parse(value, NOW)
            continue
        with pytest.raises(InvalidEvent) as refused:
            parse(value, NOW)
        assert found == Refusal(INVALID_EVENT, str(refused.value)[:LONGEST_ERROR]), odd.name


def test_a_value_that_is_no_json_in_utf_8_is_told_from_an_event_with_a_fault() -> None:
    for body in BODIES:
        found = decode(body.written(OddEvent("good", ()).written(GOOD)), int(NOW.timestamp() * 1000))
        if body.words is None:
            assert isinstance(found, Event)
        else:
            assert isinstance(found, Refusal)
            assert (found.reason, body.words in found.error) == (NOT_JSON, True), body.name
