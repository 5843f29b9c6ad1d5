"""Installed by its charts, the product is ready, reachable, hardened, and says what is going on."""

import time
from typing import Any

import pytest
import yaml
from e2e import guide
from e2e.cluster.installation import ANYBODY, FROM_SCHOOL, KAFKA, NAME, POSTGRES, PROMETHEUS, URL, ledger
from e2e.cluster.kube import SCHOOL, SYSTEM, get, helm, kafka, kubectl, listed, refused, school, sql, until_ready
from e2e.commands import REPOSITORY
from e2e.waiting import eventually

READY_SECONDS = 90


def test_the_sample_is_ready_within_90_seconds(operator: None) -> None:
    """Proves: the smallest sample is a whole installation."""
    sample = yaml.safe_load((REPOSITORY / "k8s/samples/minimal.yaml").read_text())
    sample["metadata"]["name"] = "sample"
    # Of its own beside the suite's installation; the operator's namespace has to resolve the name as well.
    sample["spec"]["kafka"] = {
        "bootstrapServers": f"kafka.{SCHOOL}.svc:9092",
        "consumerGroup": "sample",
        "topic": {"name": "sample", "deletionPolicy": "Delete"},
        "deadLetterTopic": {"name": "sample.dlq"},
    }
    small = {"resources": {"requests": {"cpu": "10m", "memory": "128Mi"}}}
    sample["spec"] |= {"api": small, "consumer": small}
    sql("create database sample")
    url = f"postgresql://ingestor:ingestor@postgres.{SCHOOL}.svc:5432/sample"
    school("create", "secret", "generic", "sample-database", f"--from-literal=url={url}")
    sample["spec"]["database"]["secretRef"]["name"] = "sample-database"
    school("create", "secret", "generic", "ingestor-auth", f"--from-literal=jwt-secret={'s' * 48}")

    started = time.monotonic()
    school("apply", "--filename", "-", stdin=yaml.safe_dump(sample))
    until_ready("sample", READY_SECONDS)
    took = time.monotonic() - started

    assert took <= READY_SECONDS
    school("delete", "ingestordeployment", "sample", "--timeout", "120s", seconds=150)
    assert not {"sample", "sample.dlq"} & set(kafka("kafka-topics", "--list").split()), "Delete removes the topics"
    eventually(lambda: not listed("pods", "app.kubernetes.io/instance=sample"), 120, "the sample's pods are gone")


def test_the_guides_manual_test_through_the_service(quiz: None) -> None:
    """Proves: the set-up guide's steps work in a cluster: log in, send, stored, in the topic."""
    token = guide.token(URL)
    event_id = f"test-{time.time_ns()}"

    answer = guide.call(URL, "/api/events", guide.event(event_id), token)

    assert (answer.status, answer.body["mode"]) == (201, "kafka")
    eventually(lambda: guide.state(URL, event_id, token) == "stored", 60, "the event is stored")
    reading = ("--topic", "quiz-events", "--from-beginning", "--timeout-ms", "8000")
    assert event_id in kafka("kafka-console-consumer", *reading)
    assert "the books balance" in ledger()


def test_helm_test_finds_its_event_in_a_report(quiz: None) -> None:
    """Proves: `helm test` of both charts passes on what they installed."""
    assert "Succeeded" in helm("test", NAME, "--namespace", SCHOOL)
    assert "Succeeded" in helm("test", "ingestor-operator", "--namespace", SYSTEM)


def test_kubectl_shows_the_installation_as_documented(quiz: None) -> None:
    """Proves: the columns, the short name, the category and the scale subresource."""
    head, row = school("get", "ingd").splitlines()
    assert head.split() == ["NAME", "READY", "REASON", "PAUSED", "PARTITIONS", "REPLICAS", "PINNED", "LAG", "AGE"]
    assert row.split()[:5] == [NAME, "True", "AllReady", "false", "3"]
    assert NAME in school("get", "ingestor", "--output", "name")
    described = school("describe", "ingd", NAME)
    for word in ("TopicReady", "DatabaseReady", "APIReady", "ConsumerReady", "ScalingActive", "Events:"):
        assert word in described


def test_restricted_pod_security_is_enforced_and_met(quiz: None) -> None:
    """Proves: both namespaces refuse what is not restricted, and every pod of ours runs there."""
    for namespace in (SCHOOL, SYSTEM):
        labels = get("namespace", namespace, namespace)["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    arguments = ("--namespace", SCHOOL, "run", "rootly", "--image", "postgres:18", "--privileged")
    assert 'violates PodSecurity "restricted' in refused(*arguments)
    pods = listed("pods", f"app.kubernetes.io/instance={NAME}") + listed("pods", namespace=SYSTEM)
    running = [pod for pod in pods if pod["status"]["phase"] == "Running"]
    assert len(running) >= 4
    for pod in running:
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]


Rule = tuple[list[str | int], list[dict[str, Any]] | None]
"""Ports, and with whom; None: anybody."""
DNS: Rule = ([53], None)
TO_KAFKA: Rule = ([9092, 9093, 9094], [KAFKA])
TO_POSTGRES: Rule = ([5432], [POSTGRES])
# The operator asks what they see of their database.
OPERATOR = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app.kubernetes.io/name": "ingestor-operator"}}}
METRICS: Rule = (["metrics"], [PROMETHEUS, OPERATOR])
SERVICES = {
    "namespaceSelector": {},
    "podSelector": {"matchLabels": {"app.kubernetes.io/managed-by": "ingestor-operator"}},
}
HELM_TEST = {
    "podSelector": {
        "matchLabels": {"app.kubernetes.io/name": "analytics-ingestor-test", "app.kubernetes.io/instance": NAME}
    }
}
# Who may talk to whom: what is let in and out, by component.
ALLOWED: dict[str, tuple[list[Rule], list[Rule]]] = {
    f"{NAME}-api": ([(["http"], [ANYBODY, HELM_TEST]), METRICS], [DNS, TO_KAFKA, TO_POSTGRES]),
    f"{NAME}-consumer": ([METRICS], [DNS, TO_KAFKA, TO_POSTGRES]),
    f"{NAME}-migration": ([], [DNS, TO_KAFKA, TO_POSTGRES]),
}


def rules(policy: dict[str, Any], direction: str, peers: str) -> list[Rule]:
    return [(sorted({port["port"] for port in rule["ports"]}), rule.get(peers)) for rule in policy.get(direction, [])]


@pytest.mark.parametrize("name", ALLOWED)
def test_network_policies_allow_only_what_the_table_says(quiz: None, name: str) -> None:
    """Proves: as objects, for the network of a kind cluster may not enforce them."""
    policy = get("networkpolicy", name)["spec"]

    assert (rules(policy, "ingress", "from"), rules(policy, "egress", "to")) == ALLOWED[name]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    labels = ",".join(f"{key}={value}" for key, value in policy["podSelector"]["matchLabels"].items())
    assert listed("pods", labels), "the policy selects the pods that the operator made"


@pytest.mark.parametrize(
    ("peer", "namespace"),
    [(KAFKA, SCHOOL), (POSTGRES, SCHOOL), (PROMETHEUS, SCHOOL), (OPERATOR, SYSTEM), (SERVICES, SCHOOL)],
)
def test_the_peers_of_the_policies_are_pods_that_run(quiz: None, peer: dict[str, Any], namespace: str) -> None:
    """Proves: the table names whom it means."""
    labels = ",".join(f"{key}={value}" for key, value in peer["podSelector"]["matchLabels"].items())
    assert listed("pods", labels, namespace)


def test_the_operators_network_policy_lets_it_reach_kubernetes_and_kafka(quiz: None) -> None:
    """Proves: the operator's policy selects its pod, and nothing but metrics comes in."""
    policy = get("networkpolicy", "ingestor-operator", SYSTEM)["spec"]

    helm_test = {
        "podSelector": {
            "matchLabels": {
                "app.kubernetes.io/name": "ingestor-operator-test",
                "app.kubernetes.io/instance": "ingestor-operator",
            }
        }
    }
    assert rules(policy, "ingress", "from") == [(["metrics"], [FROM_SCHOOL, helm_test])]
    assert rules(policy, "egress", "to") == [
        DNS,
        ([9090], [SERVICES]),
        ([443, 6443], None),
        ([9092, 9093, 9094], [FROM_SCHOOL]),
    ]
    labels = ",".join(f"{key}={value}" for key, value in policy["podSelector"]["matchLabels"].items())
    assert listed("pods", labels, SYSTEM)


def test_prometheus_scrapes_every_component(quiz: None) -> None:
    """Proves: Prometheus of k8s/dev finds the metrics of API, consumer and operator by their pods' labels."""
    query = "/api/v1/namespaces/ingestor-dev/services/prometheus:http/proxy/api/v1/query?query="

    def scraped() -> bool:
        found = yaml.safe_load(kubectl("get", "--raw", f"{query}ingestor_build_info"))["data"]["result"]
        names = {series["metric"].get("service", series["metric"].get("component")) for series in found}
        return {"api", "consumer", "operator"} <= names

    eventually(scraped, 60, "metrics of all three components are in Prometheus", every=2)
