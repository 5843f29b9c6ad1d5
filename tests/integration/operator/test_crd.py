"""The API server itself refuses what cannot work, in sentences that help."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import resource_body
from integration.operator.kube import REPOSITORY, RESOURCE, Body, Kube, eventually, sample
from operator_reasons import said

from ingestor_operator.model.consumer import UNPINNED

SAMPLES = sorted(path.stem for path in (REPOSITORY / "k8s/samples").glob("*.yaml"))
NOWHERE = "nowhere.invalid:9092"


_BROKERS_SCHEMA = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/kafka/properties/bootstrapServers"


@pytest.fixture
def made(kube: Kube) -> str:
    """A resource that no operator looks at."""
    name = f"r{uuid4().hex[:8]}"
    body = resource_body(name, NOWHERE, {"consumer": {"replicas": {"max": 3}}})
    kube.create(body | {"metadata": body["metadata"] | {"namespace": kube.namespace}})
    return name


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_accepted(place: Tenant, name: str) -> None:
    path = REPOSITORY / f"k8s/samples/{name}.yaml"
    out = place.kubectl("create", "--dry-run=server", "--validate=strict", "-f", str(path))
    assert "created (server dry run)" in out


def test_the_defaults_are_filled_in_by_the_api_server(kube: Kube, made: str) -> None:
    spec = kube.resource(made)["spec"]
    assert spec["mode"] == "Enforce"
    assert spec["kafka"]["topic"] == {
        "name": made, "partitions": 3, "replicationFactor": 1, "retentionHours": 168, "config": {},
        "deletionPolicy": "Retain",
    }  # fmt: skip
    assert spec["consumer"]["autoscaling"] == {
        "enabled": True, "drainTargetSeconds": 60, "scaleDownStabilizationSeconds": 300, "intervalSeconds": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kafka": {"topic": {"name": "other"}}}, "the topic's name cannot be changed; create another"),
        ({"kafka": {"topic": {"replicationFactor": 3}}}, "replicationFactor cannot be changed"),
        ({"kafka": {"consumerGroup": "other"}}, "consumerGroup cannot be changed"),
        ({"kafka": {"deadLetterTopic": {"name": "other"}}}, "the dead-letter topic's name cannot be changed"),
        ({"consumer": {"replicas": {"min": 3, "max": 2}}}, "replicas.min must not exceed replicas.max"),
        ({"consumer": {"replicas": {"max": 4}}}, "consumer.replicas.max must not exceed kafka.topic.partitions"),
        ({"consumer": {"replicas": {"min": 4, "max": None}}}, "consumer.replicas.min must not exceed kafka.topic"),
        ({"kafka": {"topic": {"config": {"retention.ms": "1"}}}}, "set retentionHours instead"),
        ({"kafka": {"consumerGroup": "ingestor-operator"}}, "owner marks are in that group"),
        ({"kafka": {"deadLetterTopic": {"config": {"retention.ms": "1"}}}}, "set retentionHours instead"),
        ({"kafka": {"deadLetterTopic": {"config": {"cleanup.policy": "compact"}}}}, "compaction would keep one event"),
        ({"kafka": {"topic": {"config": {"cleanup.policy": "compact"}}}}, "compaction would keep one event of each"),
        ({"auth": {"jwtSecretRef": None}}, "auth needs jwtSecretRef"),
        ({"auth": {"issuer": "https://a"}}, "auth.issuer needs auth.jwksUrl"),
        ({"auth": {"jwksUrl": "https://a/k", "issuer": "https://a"}}, "auth.jwksUrl needs auth.audience"),
        ({"auth": {"jwksUrl": "https://a/k", "audience": "quiz"}}, "auth.jwksUrl needs auth.issuer"),
        ({"auth": {"jwksUrl": "https://a/k", "uncheckedClaims": ["issuer"]}}, "auth.jwksUrl needs auth.audience"),
        ({"auth": {"uncheckedClaims": ["expiry"]}}, 'supported values: "issuer", "audience"'),
        ({"api": {"service": {"nodePort": 30080}}}, "nodePort needs type NodePort or LoadBalancer"),
        ({"api": {"service": {"externalTrafficPolicy": "Local"}}}, "externalTrafficPolicy needs type NodePort or"),
        ({"api": {"service": {"loadBalancerClass": "a/b"}}}, "loadBalancerClass needs type LoadBalancer"),
        ({"api": {"service": {"loadBalancerSourceRanges": ["10.0.0.0/8"]}}}, "loadBalancerSourceRanges needs type"),
        ({"api": {"service": {"ipFamilies": ["IPv4", "IPv6"]}}}, "two ipFamilies need ipFamilyPolicy PreferDualStack"),
        ({"mode": "Dream"}, 'supported values: "Enforce", "Observe"'),
        ({"api": {"rollout": {"kafkaPercent": 101}}}, "should be less than or equal to 100"),
        ({"kafka": {"bootstrapServers": "SASL_SSL://kafka:9093"}}, "without SASL_SSL:// or another scheme"),
        ({"kafka": {"bootstrapServers": "kafka:9092, http://kafka"}}, "without SASL_SSL:// or another scheme"),
        *(
            ({"kafka": {"bootstrapServers": servers}}, "must have the form host:port, separated by commas, such as")
            for servers in ("kafka", "kafka:9092,kafka-1", "::1", "kafka:0", "kafka:65536", "kafka:9092,[::1:9092", ",")
        ),
        ({"auth": {"jwksUrl": "https://", "issuer": "a", "audience": "b"}}, "should match"),
        ({"auth": {"jwksUrl": "https://a:65536/k", "issuer": "a", "audience": "b"}}, "should match"),
        ({"auth": {"jwksUrl": "https://a/k", "issuer": " ", "audience": "b"}}, "should match"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(place: Tenant, made: str, change: Body, sentence: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(sentence)):
        place.kubectl("patch", "ingd", made, "--type=merge", "-p", json.dumps({"spec": change}))


@pytest.mark.parametrize("servers", ["kafka:9092", "[fe80::1%eth0]:09092,[::1]:1", " a:1 , b:2,"])
def test_brokers_that_the_services_take_are_accepted(kube: Kube, made: str, servers: str) -> None:
    assert kube.change(made, {"kafka": {"bootstrapServers": servers}})["spec"]["kafka"]["bootstrapServers"] == servers


@contextmanager
def crd_without_broker_rules(place: Tenant) -> Iterator[None]:
    """The CRD as an earlier release had it."""
    path = f"{_BROKERS_SCHEMA}/x-kubernetes-validations"
    crd = ("crd", "ingestordeployments.ingestor.dev")
    rules = json.loads(place.kubectl("get", *crd, "-o", "json"))
    for key in path.strip("/").split("/"):
        rules = rules[int(key) if key.isdigit() else key]
    place.kubectl("patch", *crd, "--type=json", "-p", json.dumps([{"op": "remove", "path": path}]))
    yield
    place.kubectl("patch", *crd, "--type=json", "-p", json.dumps([{"op": "add", "path": path, "value": rules}]))


def test_brokers_that_an_earlier_release_stored_may_stay(place: Tenant, kube: Kube, made: str) -> None:
    def is_taken(servers: str) -> bool:
        change = {"spec": {"kafka": {"bootstrapServers": servers}}}
        try:
            place.kubectl("patch", "ingd", made, "--type=merge", "-p", json.dumps(change))
        except AssertionError:
            return False
        return True

    with crd_without_broker_rules(place):
        eventually(lambda: is_taken("SASL_SSL://kafka"))
    eventually(lambda: not is_taken("SASL_SSL://other"))
    eventually(lambda: is_taken("SASL_SSL://kafka"))
    assert kube.change(made, {"api": {"replicas": 3}})["spec"]["kafka"]["bootstrapServers"] == "SASL_SSL://kafka"


def test_a_dead_letter_topic_of_the_same_name_is_refused(place: Tenant) -> None:
    body = sample("minimal")
    body["spec"]["kafka"]["deadLetterTopic"] = {"name": "quiz-events"}
    path = place.folder / "same.json"
    path.write_text(json.dumps(body))
    with pytest.raises(AssertionError, match="must differ from topic.name"):
        place.kubectl("create", "-f", str(path))


def test_a_name_too_long_for_a_service_is_refused(place: Tenant) -> None:
    body = sample("minimal")
    body["metadata"]["name"] = "x" * 41
    path = place.folder / "long.json"
    path.write_text(json.dumps(body))
    with pytest.raises(AssertionError, match="at most 40 characters"):
        place.kubectl("create", "-f", str(path))


def test_kubectl_scale_pins_and_cannot_go_beyond_the_partitions(place: Tenant, kube: Kube, made: str) -> None:
    place.kubectl("scale", "ingd", made, "--replicas=2")
    assert kube.resource(made)["spec"]["consumer"]["replicas"]["pinned"] == 2
    with pytest.raises(AssertionError, match="consumers cannot be scaled beyond kafka.topic.partitions"):
        place.kubectl("scale", "ingd", made, "--replicas=4")


def test_partitions_may_be_lowered_whatever_the_consumers_were_and_these_only_lowered(
    place: Tenant, kube: Kube, made: str
) -> None:
    kube.change(made, {"kafka": {"topic": {"partitions": 6}}, "consumer": {"replicas": {"max": 6, "min": 4}}})
    place.kubectl("scale", "ingd", made, "--replicas=5")
    kube.change(made, {"kafka": {"topic": {"partitions": 3}}})
    # What was accepted stands in the way of nothing else.
    kube.change(made, {"api": {"replicas": 1}})
    place.kubectl("annotate", "ingd", made, "note=1")
    for change in ({"max": 7}, {"pinned": 4}, {"min": 5}):
        with pytest.raises(AssertionError, match="partitions: further consumers would idle"):
            place.kubectl(
                "patch", "ingd", made, "--type=merge", "-p", json.dumps({"spec": {"consumer": {"replicas": change}}})
            )
    kube.change(made, {"consumer": {"replicas": {"pinned": None, "min": 1, "max": 3}}})


def test_a_line_of_kubectl_get_fits_a_terminal_whatever_the_reason(place: Tenant, kube: Kube, made: str) -> None:
    longest = max((what.reason for what in said()), key=len)
    ready: Body = {"type": "Ready", "status": "Unknown", "reason": longest, "message": "."}
    ready |= {"lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}
    status = {
        "conditions": [ready],
        "topic": {"name": made, "partitions": 1000},
        "replicas": 1000,
        "pinned": 1000,
        "lag": "unknown",
    }
    kube.patch_status(RESOURCE, "IngestorDeployment", made, status)
    head, row = place.kubectl("get", "ingd", made).splitlines()
    assert head.split() == ["NAME", "READY", "REASON", "PAUSED", "PARTITIONS", "REPLICAS", "PINNED", "LAG", "AGE"]
    assert row.split()[:3] == [made, "Unknown", longest]
    assert len(row) <= 120
    wide = place.kubectl("get", "ingd", made, "--output=wide").splitlines()[0]
    assert wide.split()[9:] == ["MODE", "DESIRED", "API", "RELEASE"]


def scale(place: Tenant, name: str) -> Body:
    path = f"/apis/ingestor.dev/v1alpha1/namespaces/{place.name}/ingestordeployments/{name}/scale"
    found: Body = json.loads(place.kubectl("get", "--raw", path))
    return found


def test_the_scale_subresource_answers_before_there_is_a_status_or_a_pin(place: Tenant, kube: Kube, made: str) -> None:
    assert "status" not in kube.resource(made)
    assert (scale(place, made)["spec"]["replicas"], scale(place, made)["status"]["replicas"]) == (UNPINNED, 0)
    place.kubectl("scale", "ingd", made, "--replicas=2")
    assert scale(place, made)["spec"]["replicas"] == 2
    place.kubectl("scale", "ingd", made, "--replicas=0", "--current-replicas=2")
    assert kube.resource(made)["spec"]["consumer"]["replicas"]["pinned"] == 0
    kube.change(made, {"consumer": {"replicas": {"pinned": None}}})
    assert scale(place, made)["spec"]["replicas"] == UNPINNED
    with pytest.raises(AssertionError, match=f"Expected replicas to be 5, was {UNPINNED}"):
        place.kubectl("scale", "ingd", made, "--replicas=1", "--current-replicas=5")
    for change in ({"consumer": None}, {"consumer": {"replicas": None}}):
        kube.change(made, change)
        assert scale(place, made)["spec"]["replicas"] == UNPINNED


@pytest.mark.parametrize(
    ("replicas", "sentence"),
    [
        (-2, "should be a non-negative integer"),
        (2000, "consumers cannot be scaled beyond kafka.topic.partitions"),
        (5_000_000_000, "cannot unmarshal number 5000000000 into Go struct field ScaleSpec.spec.replicas"),
        ("two", "cannot unmarshal string into Go struct field ScaleSpec.spec.replicas"),
    ],
)
def test_odd_numbers_of_consumers_are_refused_with_a_sentence(
    place: Tenant, made: str, replicas: object, sentence: str
) -> None:
    change = json.dumps({"spec": {"replicas": replicas}})
    with pytest.raises(AssertionError, match=re.escape(sentence)):
        place.kubectl("patch", "ingd", made, "--subresource=scale", "--type=merge", "-p", change)


def test_partitions_may_grow(kube: Kube, made: str) -> None:
    assert kube.change(made, {"kafka": {"topic": {"partitions": 6}}})["spec"]["kafka"]["topic"]["partitions"] == 6
