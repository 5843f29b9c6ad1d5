"""`ingestor-operator explain` tells conditions, consumers and decisions in sentences."""

from typing import Any

from ingestor_operator.explain import explanation
from ingestor_operator.plan.scaling import scaling_spec
from ingestor_operator.scaling import Observation, ScalingState, decide, dump_decision


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
    text = explanation(make_resource(status=status))
    assert "IngestorDeployment school/quiz" in text
    assert "Ready: True (AllReady). All is well." in text
    assert "Consumers: 1 exist, 1 ready, 2 desired." in text
    assert "Backlog now: not known (Unknown)." in text
    assert "1 consumers are fewer than the minimum of 2." in text


def test_the_backlog_is_the_present_one(make_resource: Any) -> None:
    consumer = {"replicas": 1, "ready": 1, "desired": 1, "lagState": "Known", "lag": 12000, "lagSeconds": 31.4}
    assert "Backlog now: 12,000 records, 31 s of work." in explanation(make_resource(status={"consumer": consumer}))


def test_it_says_so_while_nothing_is_decided(make_resource: Any) -> None:
    assert "Nothing has been decided yet." in explanation(make_resource())
