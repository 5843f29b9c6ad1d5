"""The live view says what the services' metrics say."""

from io import StringIO

from rich.console import Console

from ingestor_dev.up.gauges import Reading, read
from ingestor_dev.up.view import Frame, plain, table

API = """
# TYPE ingestor_events_accepted_total counter
ingestor_events_accepted_total{mode="kafka",event_type="ANSWER_SUBMITTED"} 90.0
ingestor_events_accepted_total{mode="kafka",event_type="SESSION_STARTED"} 6.0
ingestor_events_accepted_total{mode="direct",event_type="ANSWER_SUBMITTED"} 4.0
# TYPE ingestor_failover_active gauge
ingestor_failover_active 0.0
"""
CONSUMER = """
# TYPE ingestor_events_persisted_total counter
ingestor_events_persisted_total{event_type="ANSWER_SUBMITTED"} 88.0
# TYPE ingestor_events_duplicate_total counter
ingestor_events_duplicate_total 2.0
# TYPE ingestor_consumer_lag_records gauge
ingestor_consumer_lag_records{topic="quiz-events",partition="0"} 1.0
ingestor_consumer_lag_records{topic="quiz-events",partition="1"} 2.0
# TYPE ingestor_ledger_unaccounted_records gauge
ingestor_ledger_unaccounted_records{topic="quiz-events",partition="0"} 0.0
"""


def test_a_reading_adds_up_the_services() -> None:
    reading = read([API, CONSUMER])
    assert reading.accepted == {"kafka": 96.0, "direct": 4.0}
    assert (reading.persisted, reading.duplicates, reading.lag_records, reading.unaccounted) == (88.0, 2.0, 3.0, 0.0)


def test_without_a_consumer_there_is_no_lag_and_no_ledger_to_speak_of() -> None:
    reading = read([API])
    assert reading.lag_records is None
    assert "ledger no consumer" in plain(Frame(Reading(), reading, 1.0, 0, 0, "off"))


def test_a_frame_gives_rates_between_its_readings() -> None:
    line = plain(Frame(Reading(), read([API, CONSUMER]), 2.0, stored=92, stored_before=0, traffic=""))
    assert line.startswith("accepted 50/s (direct 4, kafka 96)  stored 46/s (total 92)  lag 3  duplicates 2")
    assert line.endswith("ledger balanced")


def test_a_service_that_restarted_gives_no_negative_rate() -> None:
    assert Frame(Reading(), Reading(), 1.0, 0, 0, "").rate(before=100, now=3) == 0


def test_an_unbalanced_ledger_and_a_failover_are_said_loudly() -> None:
    bad = read([API.replace("active 0.0", "active 1.0"), CONSUMER.replace('partition="0"} 0.0', 'partition="0"} 5.0')])
    line = plain(Frame(Reading(), bad, 1.0, 0, 0, ""))
    assert "ledger OFF BY 5" in line
    assert "FAILOVER" in line


def test_the_table_shows_every_path() -> None:
    console = Console(width=100, record=True, file=StringIO())
    frame = Frame(Reading(), read([API, CONSUMER]), 1.0, stored=92, stored_before=0, traffic="100 sent")
    console.print(table(frame))
    text = console.export_text()
    for words in ("accepted by direct", "accepted by kafka", "balanced", "100 sent"):
        assert words in text
