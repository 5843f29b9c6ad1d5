"""Under a few hundred events a second nothing is lost, doubled or refused, whatever is restarted."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from e2e.cluster.consumers import pin, unpin
from e2e.cluster.installation import NAME, ledger
from e2e.cluster.kube import SYSTEM, delete_pod, get, kafka, kubectl, listed, school, status, until_ready
from e2e.cluster.traffic import traffic
from e2e.waiting import eventually

ROLLOUT = ("--timeout", "240s")
SECRET = "ingestor-database"


def test_the_simulators_events_are_all_stored_once(quiz: None, tmp_path: Path) -> None:
    """Proves: every event that was told durable is in the database, once and unaltered, and the books balance."""
    with traffic(tmp_path, "--events", "4000") as run:
        run.process.wait(180)
        run.verify()

    assert run.taken("kafka") >= 4000
    assert "the books balance" in ledger()


def test_a_rolling_restart_of_the_api_fails_no_request(quiz: None, tmp_path: Path) -> None:
    """Proves: pods leave the Service before they stop, and finish what they took."""
    with traffic(tmp_path) as run:
        school("rollout", "restart", f"deployment/{NAME}-api")
        school("rollout", "status", f"deployment/{NAME}-api", *ROLLOUT, seconds=260)
        assert not run.sent_again
        run.verify()


def test_a_rolling_restart_of_the_consumers_loses_nothing(quiz: None, tmp_path: Path) -> None:
    """Proves: a consumer hands its partitions over with everything before its offset stored."""
    with traffic(tmp_path) as run:
        school("rollout", "restart", f"deployment/{NAME}-consumer")
        school("rollout", "status", f"deployment/{NAME}-consumer", *ROLLOUT, seconds=260)
        assert not run.sent_again
        run.verify()

    assert "the books balance" in ledger()


def test_kafka_killed_means_direct_writes_and_then_kafka_again(quiz: None, tmp_path: Path) -> None:
    """Proves: failover. Events are taken while the broker is away, by the other way, and nothing is lost."""
    with traffic(tmp_path) as run:
        delete_pod("kafka-0")
        eventually(lambda: _new_records(), 120, "events go through Kafka again")
        run.stop()
        assert run.taken("direct") > 0
        assert run.taken("kafka") > 0
        run.verify()

    until_ready(NAME)
    assert "the books balance" in ledger()


def test_postgres_killed_is_caught_up_with(quiz: None, tmp_path: Path) -> None:
    """Proves: Kafka takes everything while the database is away; the resource says so, and no consumer is added, for it
    could store nothing; the consumers catch up afterwards."""
    with traffic(tmp_path) as run:
        eventually(_new_records, 60, "events go through Kafka")
        school("scale", "statefulset/postgres", "--replicas", "0")
        school("wait", "pod/postgres-0", "--for", "delete", "--timeout", "90s")
        eventually(lambda: told("DatabaseReady", "DatabaseUnreachable"), 60, "the resource says so")
        consumers = get("deployment", f"{NAME}-consumer")["spec"]["replicas"]
        eventually(_new_records, 60, "Kafka takes events without the database")
        eventually(lambda: told("ScalingActive", "DatabaseUnreachable"), 60, "the scaling waits for the database")
        assert get("deployment", f"{NAME}-consumer")["spec"]["replicas"] == consumers
        school("scale", "statefulset/postgres", "--replicas", "1")
        school("rollout", "status", "statefulset/postgres", *ROLLOUT, seconds=260)
        run.verify()
        assert run.taken("kafka") > 0

    until_ready(NAME)
    assert "the books balance" in ledger()


def test_a_wrong_database_password_reaches_no_pod_until_it_is_mended(quiz: None, tmp_path: Path) -> None:
    """Proves: a Secret goes through the migration Job first; with a wrong one all pods run on and answer, the condition
    says what the Job was told, and the mended one is rolled out by itself."""
    url = str(get("secret", SECRET)["data"]["url"])
    right = b64decode(url).decode()
    before, consumer = api_pods(), get("deployment", f"{NAME}-consumer")["spec"]["template"]
    with traffic(tmp_path) as run:
        patch_secret({"stringData": {"url": right.replace(":ingestor@", ":wrong@")}})
        try:
            message = eventually(lambda: told("DatabaseReady", "MigrationPodFails"), 120, "the Job is refused")
            assert datetime.now(UTC) - first_failed_migration() < timedelta(seconds=30)
            assert "the server refuses the user or the password of DATABASE_URL" in message
            assert f"Secret {SECRET} has changed: pods go on with what they have until the Job succeeds." in message
            assert api_pods() == before
            assert get("deployment", f"{NAME}-consumer")["spec"]["template"] == consumer
        finally:
            patch_secret({"data": {"url": url}})
        until_ready(NAME)
        eventually(lambda: not api_pods() & before, 240, "all pods are replaced", every=1)
        assert not run.sent_again
        run.verify()

    until_ready(NAME)
    assert "the books balance" in ledger()


def patch_secret(change: dict[str, dict[str, str]]) -> None:
    school("patch", "secret", SECRET, "--type", "merge", "--patch", json.dumps(change))


def api_pods() -> set[str]:
    """The uids of the API's pods."""
    found = listed("pods", f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component=api")
    return {pod["metadata"]["uid"] for pod in found}


def first_failed_migration() -> datetime:
    """When the first pod of a migration ended with an error."""
    pods = listed("pods", f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component=migration")
    states = [item["state"] for pod in pods for item in pod["status"].get("containerStatuses", [])]
    ends = [state["terminated"] for state in states if "terminated" in state]
    return min(datetime.fromisoformat(end["finishedAt"]) for end in ends if end["exitCode"] != 0)


def told(kind: str, reason: str) -> str:
    """The message of the condition, once it has the reason."""
    found = next(item for item in status(NAME)["conditions"] if item["type"] == kind)
    assert found["reason"] == reason, found
    return str(found["message"])


@pytest.fixture
def one_consumer(quiz: None) -> Iterator[None]:
    """Whatever the traffic: how many there should be is not asked."""
    pin(1)
    until_ready(NAME)
    yield
    unpin()


def test_the_operators_pod_may_go(one_consumer: None, tmp_path: Path) -> None:
    """Proves: events flow without the operator, and the next one goes on where it stopped."""
    before = [pod["metadata"]["uid"] for pod in listed("pods", f"app.kubernetes.io/instance={NAME}")]
    with traffic(tmp_path, "--events", "1000") as run:
        [operator] = _operators()
        kubectl("--namespace", SYSTEM, "delete", "pod", operator)
        run.process.wait(180)
        run.verify()

    kubectl("--namespace", SYSTEM, "rollout", "status", "deployment/ingestor-operator", *ROLLOUT, seconds=260)
    assert operator not in _operators()
    until_ready(NAME)
    after = [pod["metadata"]["uid"] for pod in listed("pods", f"app.kubernetes.io/instance={NAME}")]
    assert after == before, "the next operator changed nothing"
    pin(2)  # which returns once the next operator has acted on it


def _operators() -> list[str]:
    pods = listed("pods", "app.kubernetes.io/name=ingestor-operator", SYSTEM)
    return [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def _new_records() -> bool:
    before = _log_end()
    return eventually(_log_end, 10, "the log's end is known") > before


def _log_end() -> int:
    lines = kafka("kafka-get-offsets", "--topic", "quiz-events").split()
    return sum(int(line.rsplit(":", 1)[1]) for line in lines)
