"""What kubelet, scheduler and controllers say of pods that do not start is in the conditions within 30 seconds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from e2e.cluster.consumers import running
from e2e.cluster.installation import NAME
from e2e.cluster.kube import SCHOOL, listed, refused, school, status, until_ready
from e2e.waiting import eventually

SECONDS = 30
CONSUMERS = f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component=consumer"
Body = dict[str, Any]


def container(**fields: Any) -> Body:
    """A pod template that lays these fields over the consumer's container."""
    return {"podTemplate": {"spec": {"containers": [{"name": "consumer", **fields}]}}}


def variable_of(secret: str, key: str) -> Body:
    return {"name": "EXTRA", "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


VOLUME = {"name": "extra", "configMap": {"name": "no-such-map"}}
MOUNTED = {"name": "consumer", "volumeMounts": [{"name": "extra", "mountPath": "/extra"}]}
CASES: dict[str, tuple[Body, str, str]] = {
    # An address that refuses at once, with or without a network.
    "image": ({"image": "localhost:1/consumer:none"}, "ImagePullFailed", "container consumer: "),
    "node": (
        {"podTemplate": {"spec": {"nodeSelector": {"disk": "none"}}}},
        "PodUnschedulable",
        "node affinity/selector",
    ),
    "key": (container(env=[variable_of("ingestor-database", "none")]), "ContainerNotCreated", "couldn't find key none"),
    "volume": (
        {"podTemplate": {"spec": {"volumes": [VOLUME], "containers": [MOUNTED]}}},
        "PodNotStarted",
        '"no-such-map" not found',
    ),
    "exit": (
        container(command=["sh", "-c", "echo no such door; exit 3"]),
        "ContainerCrashes",
        "exit code 3: no such door",
    ),
}


@pytest.fixture(scope="module")
def consumer(installed: None) -> Iterator[Body]:
    """spec.consumer of the installation with one consumer, whatever the tests before have left to do; as it was in the
    end."""
    until_ready(NAME)
    before: Body = json.loads(school("get", "ingd", NAME, "--output", "jsonpath={.spec.consumer}"))
    one = before | {"replicas": {"pinned": 1}}
    ask(one)
    eventually(lambda: running() == 1, 120, "one consumer is left", every=1)
    yield one
    ask(before)
    until_ready(NAME)


def ask(consumer: Body) -> None:
    """Put it in the place of spec.consumer."""
    change = [{"op": "replace", "path": "/spec/consumer", "value": consumer}]
    school("patch", "ingd", NAME, "--type", "json", "--patch", json.dumps(change))


def ready() -> Body:
    """The condition Ready, once it is of the spec as it is now."""
    body = json.loads(school("get", "ingd", NAME, "--output", "json"))
    found: Body = next(one for one in body["status"]["conditions"] if one["type"] == "Ready")
    assert found["observedGeneration"] == body["metadata"]["generation"], "not looked at yet"
    return found


def await_reason(reason: str, words: str) -> str:
    """The sentence of Ready, once it has the reason and a pod's name; and a Warning of the same words."""

    def said() -> str:
        found = ready()
        assert (found["status"], found["reason"]) == ("False", reason), found["message"]
        return str(found["message"])

    message = eventually(said, SECONDS, f"Ready says {reason}", every=1)
    assert words in message
    eventually(lambda: reason in warnings(), 10, f"a Warning says {reason}")
    return message


def warnings() -> str:
    """Reasons of the Warnings about the installation."""
    of = f"involvedObject.kind=IngestorDeployment,involvedObject.name={NAME},type=Warning"
    return school("get", "events", "--field-selector", of, "--output", "jsonpath={.items[*].reason}")


@pytest.mark.parametrize("case", CASES)
def test_a_pod_that_does_not_start_is_told_with_the_clusters_words(consumer: Body, case: str) -> None:
    """Proves: within 30 seconds of the change, with the pod's name, while the consumer before goes on."""
    change, reason, words = CASES[case]

    ask(consumer | change)
    message = await_reason(reason, words)

    newest = max(listed("pods", CONSUMERS), key=lambda pod: pod["metadata"]["creationTimestamp"])
    assert message.startswith(f"Pod {newest['metadata']['name']}")
    assert "timed out" in refused("--namespace", SCHOOL, "wait", "ingd", NAME, "--for=condition=Ready", "--timeout=3s")
    assert status()["consumer"]["ready"] == 1, "the consumer before goes on"


@contextmanager
def full_quota() -> Iterator[None]:
    """The namespace takes no further pod, while inside."""
    body = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "full"},
        "spec": {"hard": {"pods": "1"}},
    }
    school("apply", "--filename", "-", stdin=json.dumps(body))
    try:
        yield
    finally:
        school("delete", "resourcequota", "full")


def test_a_quota_that_forbids_the_pod_is_told(consumer: Body) -> None:
    """Proves: pods that are never made are told of as well."""
    ask(consumer)
    until_ready(NAME)

    with full_quota():
        ask(consumer | {"podTemplate": {"metadata": {"annotations": {"another": "template"}}}})
        await_reason("RolloutFailed", "exceeded quota: full")
