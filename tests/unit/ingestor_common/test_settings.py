"""Settings come from the environment; a wrong value stops the start and names the variable."""

from pathlib import Path

import pytest

from ingestor_common.settings import (
    DatabaseSettings,
    KafkaSettings,
    MetricsSettings,
    ServiceSettings,
    SettingsError,
    load,
    load_or_exit,
)


class Everything(KafkaSettings, DatabaseSettings, MetricsSettings):
    """All parts in one, as a service composes them."""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Everything.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def test_the_defaults_are_those_of_the_design() -> None:
    settings = load(Everything)
    assert (settings.kafka_brokers, settings.kafka_topic) == ("localhost:9092", "quiz-events")
    assert (settings.kafka_group, settings.dead_letter_topic) == ("analytics-event-processors", "quiz-events.dlq")
    assert (settings.metrics_port, settings.metrics_port_is_chosen, settings.log_level) == (9090, False, "INFO")


def test_the_dead_letter_topic_follows_the_topic_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_TOPIC", "lessons")
    assert load(KafkaSettings).dead_letter_topic == "lessons.dlq"
    monkeypatch.setenv("KAFKA_DLQ_TOPIC", "letters")
    assert load(KafkaSettings).dead_letter_topic == "letters"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("METRICS_PORT", "70000", "METRICS_PORT: must be less than or equal to 65535"),
        ("METRICS_PORT", "-1", "METRICS_PORT: must be greater than or equal to 0"),
        ("METRICS_PORT", "many", "METRICS_PORT: say a whole number"),
    ],
)
def test_a_wrong_value_is_told_without_the_words_of_a_library(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load(Everything)
    assert str(refused.value).strip() == words


def test_a_secret_is_read_from_the_file_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://u:p@db/x\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(file))
    assert load(DatabaseSettings).database_url.get_secret_value() == "postgresql://u:p@db/x"


def test_the_variable_itself_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "topic"
    file.write_text("from-the-file")
    monkeypatch.setenv("KAFKA_TOPIC_FILE", str(file))
    monkeypatch.setenv("KAFKA_TOPIC", "from-the-variable")
    assert load(KafkaSettings).kafka_topic == "from-the-variable"


def test_a_file_that_cannot_be_read_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "/nowhere/url")
    with pytest.raises(SettingsError, match="DATABASE_URL_FILE: cannot read /nowhere/url"):
        load(DatabaseSettings)


def test_every_wrong_value_is_named_and_none_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_PORT", "seventeen")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "TELEPATHY")
    with pytest.raises(SettingsError) as refused:
        load(Everything)
    assert "METRICS_PORT" in str(refused.value)
    assert "KAFKA_SECURITY_PROTOCOL" in str(refused.value)
    assert "seventeen" not in str(refused.value)


def test_a_program_with_wrong_settings_exits_with_2_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(SystemExit) as exited:
        load_or_exit(ServiceSettings)
    assert exited.value.code == 2
    assert "LOG_LEVEL" in capsys.readouterr().err


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_TOPIC", "")
    assert load(KafkaSettings).kafka_topic == "quiz-events"


@pytest.mark.parametrize(
    "value", [" ", ",", ":9092", "kafka:0", "kafka:65536", "kafka:x", "[::1:9092", "::1:9092", "a b:1"]
)
def test_brokers_that_cannot_be_reached_stop_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KAFKA_BROKERS", value)
    with pytest.raises(SettingsError, match="KAFKA_BROKERS: must have the form host:port"):
        load(KafkaSettings)


@pytest.mark.parametrize(
    ("topic", "dead_letters", "words"),
    [
        ("lessons", "lessons", "KAFKA_DLQ_TOPIC: must differ from KAFKA_TOPIC"),
        ("lessons.dlq", "lessons.dlq", "KAFKA_DLQ_TOPIC: must differ from KAFKA_TOPIC"),
        ("quiz-events", "a/b", "KAFKA_DLQ_TOPIC: must be 1 to 249"),
        ("quiz-events", "..", "KAFKA_DLQ_TOPIC: must be 1 to 249"),
        (".", "letters", "KAFKA_TOPIC: must be 1 to 249"),
        ("x" * 246, "", "KAFKA_DLQ_TOPIC: set it: KAFKA_TOPIC with .dlq is longer"),
    ],
)
def test_topics_that_cannot_hold_events_and_dead_letters_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, topic: str, dead_letters: str, words: str
) -> None:
    monkeypatch.setenv("KAFKA_TOPIC", topic)
    monkeypatch.setenv("KAFKA_DLQ_TOPIC", dead_letters)
    with pytest.raises(SettingsError, match=words):
        load(KafkaSettings)


def test_the_longest_topic_is_taken_with_a_dead_letter_topic_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_TOPIC", "x" * 249)
    monkeypatch.setenv("KAFKA_DLQ_TOPIC", "letters")
    assert load(KafkaSettings).dead_letter_topic == "letters"
