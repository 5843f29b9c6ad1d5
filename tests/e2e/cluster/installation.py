"""Installing the charts the way a platform team would, and what a test finds installed."""

import json
from typing import Any

from e2e.cluster.kube import SCHOOL, SYSTEM, helm, kubectl, school, until_ready
from e2e.commands import REPOSITORY

NAME = "quiz"
NODE_PORT = 30080
URL = f"http://127.0.0.1:{NODE_PORT}"


def peer(name: str) -> dict[str, Any]:
    """Pods of that name, for a NetworkPolicy."""
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}}


KAFKA, POSTGRES, PROMETHEUS = peer("kafka"), peer("postgres"), peer("prometheus")
ANYBODY = {"ipBlock": {"cidr": "0.0.0.0/0"}}
"""The tests call through the node's port, from outside."""
FROM_SCHOOL = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": SCHOOL}}}

# A test node has two processors for everything; scaling is quick so that a test sees it.
VALUES: dict[str, Any] = {
    "database": {"existingSecret": {"name": "ingestor-database"}},
    "networkPolicy": {
        "enabled": True,
        "apiFrom": [ANYBODY],
        "metricsFrom": [PROMETHEUS],
        "kafkaTo": [KAFKA],
        "databaseTo": [POSTGRES],
    },
    "dashboards": {"enabled": True},
    "spec": {
        "kafka": {"bootstrapServers": f"kafka.{SCHOOL}.svc:9092"},
        "api": {
            "service": {"type": "NodePort", "nodePort": NODE_PORT},
            "resources": {"requests": {"cpu": "10m", "memory": "128Mi"}},
        },
        "consumer": {
            "resources": {"requests": {"cpu": "10m", "memory": "128Mi"}},
            "autoscaling": {"drainTargetSeconds": 5, "scaleDownStabilizationSeconds": 20, "intervalSeconds": 2},
        },
    },
}


OPERATOR_VALUES: dict[str, Any] = {
    "networkPolicy": {"enabled": True, "metricsFrom": [FROM_SCHOOL], "kafkaTo": [FROM_SCHOOL]}
}


def install_operator(chart: str = "charts/ingestor-operator") -> None:
    """The operator, in a namespace that enforces the restricted Pod Security Standard."""
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": SYSTEM, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    }
    kubectl("apply", "--filename", "-", stdin=json.dumps(namespace))
    options = ("--values", "-", "--wait", "--timeout", "180s")
    values = json.dumps(OPERATOR_VALUES)
    helm("upgrade", "--install", "ingestor-operator", chart, "--namespace", SYSTEM, *options, stdin=values)


def install(chart: str = "charts/ingestor") -> None:
    """The installation, ready and with the development users."""
    helm("upgrade", "--install", NAME, chart, "--namespace", SCHOOL, "--values", "-", stdin=json.dumps(VALUES))
    until_ready(NAME)
    users = (REPOSITORY / "deploy/compose/users.sh").read_text()
    school("exec", "--stdin", f"deployment/{NAME}-api", "--", "sh", stdin=users)


def ledger(seconds: int = 60) -> str:
    """What `ingestor-admin ledger` prints once everything is stored; an AssertionError where it does not balance."""
    command = ("ingestor-admin", "ledger", "--wait", str(seconds))
    return school("exec", f"deployment/{NAME}-api", "--", *command, seconds=seconds + 30)
