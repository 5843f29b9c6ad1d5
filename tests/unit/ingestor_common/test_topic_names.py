"""A topic's name is judged as Kafka does, by the services and by the CRD alike."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.topic_names import TOPIC, parse_topic

_NAMES = st.text(st.sampled_from("aZ0._-/ \nä"), max_size=6) | st.text("a.", min_size=245, max_size=252)


def _kafka_takes(name: str) -> bool:
    """As org.apache.kafka.common.internals.Topic.validate does."""
    return name not in ("", ".", "..") and len(name) <= 249 and re.fullmatch("[a-zA-Z0-9._-]+", name) is not None


@given(_NAMES)
def test_what_kafka_takes_is_taken_and_nothing_else(name: str) -> None:
    if _kafka_takes(name):
        assert parse_topic(name) == name
    else:
        with pytest.raises(ValueError, match="must be 1 to 249"):
            parse_topic(name)


@given(_NAMES)
def test_the_pattern_of_the_crd_says_the_same(name: str) -> None:
    # Go's $ is the end of the text, Python's also before a last line break.
    matches = re.fullmatch(TOPIC, name) is not None and not name.endswith("\n")
    assert (matches and len(name) <= 249) == _kafka_takes(name)
