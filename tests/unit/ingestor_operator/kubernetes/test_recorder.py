"""Events are told of the resource, and the same event counts up."""

from datetime import UTC, datetime
from typing import Any

from ingestor_operator.kubernetes.recorder import event
from ingestor_operator.status.events import Notice

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_an_event_names_the_resource_and_who_tells_it(make_resource: Any) -> None:
    told = event(make_resource(), Notice("Warning", "KafkaUnreachable", "Nobody answers."), NOON)
    assert told["involvedObject"]["uid"] == make_resource().uid
    assert (told["type"], told["reason"], told["message"]) == ("Warning", "KafkaUnreachable", "Nobody answers.")
    assert told["source"] == {"component": "ingestor-operator"}
    assert told["firstTimestamp"] == "2026-01-01T12:00:00Z"


def test_the_same_event_has_the_same_name_and_another_one_has_not(make_resource: Any) -> None:
    def name(reason: str) -> str:
        found: str = event(make_resource(), Notice("Normal", reason, "m"), NOON)["metadata"]["name"]
        return found

    assert name("Scaled") == name("Scaled") != name("Created")


def test_a_long_message_is_cut_to_what_kubernetes_takes(make_resource: Any) -> None:
    assert len(event(make_resource(), Notice("Normal", "R", "x" * 5000), NOON)["message"]) == 1024
