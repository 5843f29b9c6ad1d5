"""A setting is written once for one wish, whatever Kafka makes of its text."""

from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.kafka.asked import SETTLES_AFTER, AskedSettings
from ingestor_operator.kafka.settings import is_same_setting


@given(st.text(), st.text(), st.integers(1, 10))
def test_what_kafka_makes_of_a_text_is_what_was_asked(text: str, shown: str, looks: int) -> None:
    asked = AskedSettings()
    asked.gave("t", {"a": text})
    for _ in range(looks):
        assert is_same_setting(text, shown) or asked.looked("t", {"a": shown}) == {"a": text}


def test_a_broker_may_show_the_old_value_at_first() -> None:
    asked = AskedSettings()
    asked.gave("t", {"a": "0x1p-1"})
    shown = ["0.9"] + ["0.5"] * SETTLES_AFTER
    assert [asked.looked("t", {"a": value}) for value in shown] == [{"a": "0x1p-1"}] * len(shown)


def test_a_change_by_somebody_else_is_noticed() -> None:
    asked = AskedSettings()
    asked.gave("t", {"a": "0x1p-1", "b": "0x1p-2"})
    for _ in range(SETTLES_AFTER):
        asked.looked("t", {"a": "0.5", "b": "0.25"})
    assert asked.looked("t", {"a": "0.7", "b": "0.25"}) == {"b": "0x1p-2"}


def test_a_change_by_somebody_else_is_noticed_at_once_where_kafka_shows_what_was_asked() -> None:
    asked = AskedSettings()
    asked.gave("t", {"a": "+1"})
    assert [asked.looked("t", {"a": value}) for value in ("1", "2")] == [{}, {}]


def test_topics_are_told_apart() -> None:
    asked = AskedSettings()
    asked.gave("t", {"a": "0x1p-1"})
    assert asked.looked("other", {"a": "0.5"}) == {}
