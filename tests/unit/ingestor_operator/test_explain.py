"""`ingestor-operator explain` tells conditions, consumers and decisions in sentences."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ingestor_operator.explain import explanation, written_at
from ingestor_operator.plan.scaling import scaling_spec
from ingestor_operator.scaling import Observation, ScalingState, decide, dump_decision

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_it_tells_why_there_are_as_many_consumers_as_there_are(make_resource: Any) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"min": 2}})
    decision, _ = decide(scaling_spec(resource), Observation(time=1e9, replicas=1, ready=1), ScalingState())
    status = {
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "AllReady",
                "message": "All is well.",
                "observedGeneration": 1,
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
        ],
        "consumer": {"replicas": 1, "ready": 1, "desired": 2, "lagState": "Unknown"},
        "decisions": [dump_decision(decision)],
    }
    text = explanation(make_resource(status=status), NOW)
    assert "IngestorDeployment school/quiz" in text
    assert "Ready: True (AllReady). All is well." in text
    assert "Consumers: 1 exists, 1 ready, 2 desired." in text
    assert "Backlog: not known (Unknown)." in text
    assert "1 consumer is fewer than the minimum of 2." in text


def test_the_backlog_has_the_time_of_the_status(make_resource: Any) -> None:
    consumer = {"replicas": 1, "ready": 1, "desired": 1, "lagState": "Known", "lag": 12000, "lagSeconds": 31.4}
    text = explanation(make_resource(status={"consumer": consumer}), NOW, NOW - timedelta(hours=3))
    assert "Status of 2026-01-01 09:00:00 UTC (3 h ago); the operator writes it when something changes." in text
    assert "Backlog: 12,000 records, 31 s of work." in text


def test_a_paused_resource_is_told_as_one_of_the_past(make_resource: Any) -> None:
    assert "all of this is of the past" in explanation(make_resource("minimal", {"paused": True}), NOW)
    assert "of the past" not in explanation(make_resource(), NOW)


def test_the_time_of_the_status_is_that_of_the_operators_last_write() -> None:
    fields = [
        {"manager": "kubectl", "operation": "Apply", "time": "2026-01-01T12:00:00Z"},
        {"manager": "ingestor-operator", "subresource": "status", "time": "2026-01-01T09:00:00Z"},
        {"manager": "ingestor-operator", "time": "2026-01-01T11:00:00Z"},
    ]
    assert written_at({"metadata": {"managedFields": fields}}) == NOW - timedelta(hours=3)
    assert written_at({"metadata": {}}) is None


def test_it_says_so_while_nothing_is_decided(make_resource: Any) -> None:
    assert "Nothing has been decided yet." in explanation(make_resource(), NOW)
