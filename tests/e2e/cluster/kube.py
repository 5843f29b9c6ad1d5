"""kubectl and helm on the cluster that the suite runs against."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from e2e.commands import REPOSITORY, attempt, run
from e2e.waiting import eventually

CONTEXT = os.environ.get("E2E_CONTEXT", "kind-ingestor-e2e")
SYSTEM = "ingestor-system"
"""Namespace of the operator."""
SCHOOL = "ingestor-dev"
"""Namespace of k8s/dev and of the installation."""


def kubectl(*arguments: str, stdin: str | None = None, seconds: float = 120) -> str:
    """What kubectl prints. Raises AssertionError with its words where it fails."""
    return run("kubectl", "--context", CONTEXT, *arguments, stdin=stdin, seconds=seconds)


def school(*arguments: str, stdin: str | None = None, seconds: float = 120) -> str:
    """kubectl in the installation's namespace."""
    return kubectl("--namespace", SCHOOL, *arguments, stdin=stdin, seconds=seconds)


def refused(*arguments: str, stdin: str | None = None) -> str:
    """What kubectl says to something that the cluster refuses."""
    done = attempt("kubectl", "--context", CONTEXT, *arguments, stdin=stdin)
    assert done.returncode != 0, f"was not refused: {done.stdout}"
    return done.stderr


def helm(*arguments: str, stdin: str | None = None, seconds: float = 240) -> str:
    """What helm prints."""
    return run("helm", "--kube-context", CONTEXT, *arguments, stdin=stdin, seconds=seconds)


def get(kind: str, name: str, namespace: str = SCHOOL) -> dict[str, Any]:
    """An object."""
    found: dict[str, Any] = json.loads(kubectl("--namespace", namespace, "get", kind, name, "--output", "json"))
    return found


def listed(kind: str, selector: str = "", namespace: str = SCHOOL) -> list[dict[str, Any]]:
    """Objects by their labels."""
    text = kubectl("--namespace", namespace, "get", kind, "--selector", selector, "--output", "json")
    items: list[dict[str, Any]] = json.loads(text)["items"]
    return items


def status(name: str = "quiz") -> dict[str, Any]:
    """Status of an IngestorDeployment."""
    found: dict[str, Any] = get("ingestordeployment", name).get("status", {})
    return found


def condition(name: str, kind: str) -> str:
    """Status of one condition."""
    found = {item["type"]: item["status"] for item in status(name).get("conditions", [])}
    return str(found.get(kind))


def until_ready(name: str = "quiz", seconds: float = 180) -> None:
    """Return once the IngestorDeployment, as its last spec says, is Ready."""
    eventually(lambda: _ready(name), seconds, f"{name} is Ready", every=1)


def _ready(name: str) -> bool:
    body = get("ingestordeployment", name)
    seen = body.get("status", {})
    ready = next((item for item in seen.get("conditions", []) if item["type"] == "Ready"), None)
    assert ready, "no status yet"
    assert ready["status"] == "True", ready["message"]
    return bool(seen["observedGeneration"] == body["metadata"]["generation"])


def delete_pod(name: str) -> None:
    """End a StatefulSet's pod, and return once the next one of its name, which is made a moment later, is ready."""
    before = get("pod", name)["metadata"]["uid"]
    school("delete", "pod", name, "--grace-period", "1", "--timeout", "60s")
    eventually(lambda: _is_another_and_ready(name, before), 240, f"another {name} is ready")


def _is_another_and_ready(name: str, before: str) -> bool:
    pod = get("pod", name)
    ready = {item["type"]: item["status"] for item in pod["status"].get("conditions", [])}.get("Ready") == "True"
    return ready and pod["metadata"]["uid"] != before


def kafka(*command: str) -> str:
    """What one of Kafka's own tools prints, run in the broker's pod."""
    tool, *arguments = command
    address = ("--bootstrap-server", "localhost:9094")
    return school("exec", "kafka-0", "--", f"/opt/kafka/bin/{tool}.sh", *address, *arguments)


def sql(statement: str, database: str = "ingestor") -> str:
    """What psql prints for one statement, without decoration."""
    return school("exec", "postgres-0", "--", "psql", "-U", "ingestor", "-d", database, "-Atc", statement).strip()


@contextmanager
def forwarded(target: str, port: int) -> Iterator[int]:
    """A local port that leads to a pod's or Service's, while inside."""
    command = ["kubectl", "--context", CONTEXT, "--namespace", SCHOOL, "port-forward", target, f":{port}"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as forward:
        try:
            assert forward.stdout
            found = re.search(r"127\.0\.0\.1:(\d+)", forward.stdout.readline())
            assert found, f"cannot reach {target}"
            yield int(found[1])
        finally:
            forward.terminate()
