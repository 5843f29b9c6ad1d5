"""Every sample is a resource that the models understand."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ingestor_operator.kafka.marks import MARK_GROUP
from ingestor_operator.model.spec import Spec

SAMPLES = Path(__file__).parents[4] / "k8s/samples"


def sample(name: str) -> dict[str, Any]:
    body: dict[str, Any] = yaml.safe_load((SAMPLES / f"{name}.yaml").read_text())
    return body


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_sample_is_understood(path: Path) -> None:
    body = sample(path.stem)
    assert (body["apiVersion"], body["kind"]) == ("ingestor.dev/v1alpha1", "IngestorDeployment")
    Spec.model_validate(body["spec"])


def test_the_minimal_sample_has_the_defaults_of_the_design() -> None:
    spec = Spec.model_validate(sample("minimal")["spec"])
    assert (spec.mode, spec.paused) == ("Enforce", False)
    assert (spec.kafka.topic.name, spec.kafka.topic.partitions, spec.kafka.topic.retention_hours) == (
        "quiz-events",
        3,
        168,
    )
    assert (spec.kafka.dead_letter_topic.name, spec.kafka.dead_letter_topic.retention_hours) == (
        "quiz-events.dlq",
        720,
    )
    assert spec.kafka.consumer_group == "analytics-event-processors"
    assert (spec.api.replicas, spec.api.rollout.kafka_percent) == (2, 100)
    assert spec.max_consumers == 3


def test_an_unknown_field_is_refused_by_name() -> None:
    spec = sample("minimal")["spec"] | {"replicaz": 3}
    with pytest.raises(ValidationError, match="replicaz"):
        Spec.model_validate(spec)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_its_brokers_have_names_that_the_operators_namespace_resolves_too(path: Path) -> None:
    servers = sample(path.stem)["spec"]["kafka"]["bootstrapServers"].split(",")
    assert [server for server in servers if "." not in server] == []


def test_the_production_sample_names_what_strimzi_and_cloudnative_pg_make() -> None:
    spec, user, cluster = (
        sample("production")["spec"],
        sample("platform/strimzi-user"),
        sample("platform/cloudnative-pg"),
    )
    kafka_name, user_name = user["metadata"]["labels"]["strimzi.io/cluster"], user["metadata"]["name"]
    kafka = Spec.model_validate(spec).kafka
    assert kafka.bootstrap_servers == f"{kafka_name}-kafka-bootstrap.{user['metadata']['namespace']}.svc:9093"
    assert spec["kafka"]["tls"]["caSecretRef"]["name"] == f"{kafka_name}-cluster-ca-cert"
    assert (spec["kafka"]["sasl"]["username"], spec["kafka"]["sasl"]["secretRef"]["name"]) == (user_name, user_name)
    assert spec["database"]["secretRef"] == {"name": f"{cluster['metadata']['name']}-app", "key": "uri"}
    allowed = {(rule["resource"]["type"], rule["resource"]["name"]) for rule in user["spec"]["authorization"]["acls"]}
    assert allowed == {
        ("topic", kafka.topic.name), ("topic", kafka.dead_letter_topic.name), ("group", kafka.consumer_group),
        ("group", MARK_GROUP),
    }  # fmt: skip
