"""What is said about a resource, by what was seen and done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.explain import explanation
from ingestor_operator.kafka.facts import GroupFacts, KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.manifests.objects import objects
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.status import (
    APIStatus,
    Condition,
    ConditionType,
    MigrationStatus,
    Status,
    TopicStatus,
)
from ingestor_operator.observe.answers import Answer
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import make_changes
from ingestor_operator.plan.ownership import own_mark
from ingestor_operator.plan.plan import make_plan
from ingestor_operator.plan.problem import Problem
from ingestor_operator.scaling import PartitionOffsets, ScalingState
from ingestor_operator.status.events import notices
from ingestor_operator.status.status import failed_status, make_status, paused_status
from ingestor_operator.status.topic import recreated

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RELEASE = Release("api:1", "consumer:1")
SECRETS = {"ingestor-database": {"url": "dQ=="}, "ingestor-auth": {"jwt-secret": "dQ=="}}
VERSIONS = {"ingestor-database": "u1/5", "ingestor-auth": "u2/7"}
KEPT = {"cleanup.policy": "delete"}
TOPICS = {
    "quiz-events": TopicFacts("quiz-events", "abc", 3, 1, KEPT | {"retention.ms": "604800000"}),
    "quiz-events.dlq": TopicFacts(
        "quiz-events.dlq", "def", 1, 1, KEPT | {"retention.ms": "2592000000", "max.message.bytes": "2097152"}
    ),
}
OFFSETS = tuple(PartitionOffsets(number, 0, 10, 10) for number in range(3))


def live(manifest: Manifest) -> Manifest:
    """The manifest as a cluster where everything is well would have it."""
    body = manifest | {"metadata": manifest["metadata"] | {"generation": 1}}
    if body["kind"] == "Deployment":
        wanted = body["spec"].get("replicas", 1)
        counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"), wanted)
        return body | {"spec": body["spec"] | {"replicas": wanted}, "status": counts | {"observedGeneration": 1}}
    if body["kind"] == "Job":
        done = {"type": "Complete", "status": "True", "lastTransitionTime": "2026-01-01T11:00:00Z"}
        return body | {"status": {"conditions": [done]}}
    return body


def well(resource: Resource) -> Observation:
    """An observation in which everything is as it should be."""
    found = {
        (manifest["kind"], manifest["metadata"]["name"]): live(manifest)
        for manifest in objects(resource, RELEASE, VERSIONS)
    }
    marked = {
        name: replace(facts, mark=own_mark(resource, "n", facts.id, made=True, now=NOON))
        for name, facts in TOPICS.items()
    }
    kafka = KafkaFacts(marked, GroupFacts(offsets=OFFSETS))
    return Observation(NOON, resource, (), SECRETS, found, kafka, VERSIONS, namespace="n")


def told(observation: Observation, outcome: Outcome | None = None) -> Status:
    plan, _ = make_plan(observation, ScalingState())
    changes = make_changes(observation, objects(observation.resource, RELEASE, observation.secret_versions))
    return make_status(observation, plan, changes, outcome or Outcome(), "9.9")


def condition(status: Status, kind: ConditionType) -> Condition:
    found = status.condition(kind)
    assert found is not None
    return found


def test_the_status_keeps_the_last_migration_that_completed(make_resource: Any) -> None:
    observation = well(make_resource())
    job = next(name for kind, name in observation.objects if kind == "Job")
    done = told(observation).migration
    assert done == MigrationStatus(job=job, completed_at="2026-01-01T11:00:00Z")
    resource = replace(observation.resource, status=Status(migration=done))
    gone = without(replace(observation, resource=resource), "Job", job)
    assert told(gone).migration == done
    assert condition(told(gone), "DatabaseReady").reason == "Migrated"
    running = with_status(replace(observation, resource=resource), "Job", job, {"active": 1})
    assert told(running).migration == done


def without(observation: Observation, kind: str, name: str) -> Observation:
    rest = {key: body for key, body in observation.objects.items() if key != (kind, name)}
    return replace(observation, objects=rest)


def with_status(observation: Observation, kind: str, name: str, status: dict[str, Any]) -> Observation:
    body = observation.objects[kind, name] | {"status": status}
    return replace(observation, objects={**observation.objects, (kind, name): body})


def with_job(observation: Observation, status: dict[str, Any], **metadata: str) -> Observation:
    """The migration Job with that status, and with that metadata beside its own."""
    key = next(key for key in observation.objects if key[0] == "Job")
    body = observation.objects[key]
    changed = body | {"status": status, "metadata": body["metadata"] | metadata}
    return replace(observation, objects={**observation.objects, key: changed})


def test_it_is_ready_when_everything_is(make_resource: Any) -> None:
    status = told(well(make_resource()))
    assert (condition(status, "Ready").status, condition(status, "Ready").reason) == ("True", "AllReady")
    assert status.topic is not None
    assert (status.topic.id, status.topic.partitions) == ("abc", 3)
    assert status.consumer is not None
    assert (status.consumer.lag, status.consumer.lag_state, status.replicas) == (0, "Known", 1)
    assert status.observed_generation == 1


def test_the_status_says_what_runs_and_where(make_resource: Any) -> None:
    observation = well(make_resource("minimal", {"api.service": {"type": "LoadBalancer", "port": 8080}}))
    service = observation.objects["Service", "quiz-api"]
    ports = [port | {"nodePort": 30080} for port in service["spec"]["ports"]]
    ingress = [{"hostname": "quiz.example"}, {"ip": "2001:db8::1"}]
    found = service | {"spec": service["spec"] | {"ports": ports}, "status": {"loadBalancer": {"ingress": ingress}}}
    status = told(replace(observation, objects={**observation.objects, ("Service", "quiz-api"): found}))
    assert status.api == APIStatus(
        image="api:1",
        replicas=2,
        ready=2,
        address="quiz-api.school.svc:8080",
        node_port=30080,
        load_balancer=["quiz.example:8080", "[2001:db8::1]:8080"],
    )
    assert status.consumer is not None
    assert (status.consumer.image, status.release, status.pinned) == ("consumer:1", "9.9", None)


def test_while_images_wait_the_status_says_those_that_run(make_resource: Any) -> None:
    observation = replace(well(make_resource()), resource=make_resource("minimal", {"api.image": "api:2"}))
    status = told(observation)
    assert status.api is not None
    assert status.api.image == "api:1"


def test_a_pin_is_in_the_status_also_one_of_none(make_resource: Any) -> None:
    assert told(well(make_resource("minimal", {"consumer.replicas": {"pinned": 0}}))).pinned == 0


def test_a_lag_that_is_not_known_is_a_word(make_resource: Any) -> None:
    resource = replace(make_resource(), status=told(well(make_resource())))
    assert resource.status.lag == "0"
    status = told(replace(well(resource), kafka=KafkaUnreachable("KafkaUnreachable", "no")))
    assert status.lag == "unknown"
    assert status.consumer is not None
    assert (status.consumer.lag, status.consumer.lag_seconds) == (None, None)


def test_a_status_of_the_past_has_no_lag(make_resource: Any) -> None:
    last = told(well(make_resource()))
    problem = Problem("Forbidden", "You may not.")
    for status in (paused_status(last), failed_status(last, 1, problem, NOON)):
        assert status.consumer is not None
        assert (status.lag, status.consumer.lag, status.consumer.lag_state) == ("unknown", None, "Unknown")
    assert paused_status(last).paused
    assert paused_status(Status()).lag == "unknown"


def test_what_was_told_once_is_told_the_same_again(make_resource: Any) -> None:
    first = told(well(make_resource()))
    resource = replace(make_resource(), status=first)
    later = replace(well(resource), now=NOON + timedelta(minutes=5))
    assert told(later) == first


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({"kafka": KafkaUnreachable("KafkaUnreachable", "nobody answers")}, "TopicReady", "KafkaUnreachable"),
        ({"kafka": KafkaFacts({})}, "TopicReady", "Reconciling"),
        ({"secrets": {}}, "DatabaseReady", "SecretMissing"),
        ({"secrets": {"ingestor-database": SECRETS["ingestor-database"]}}, "APIReady", "SecretMissing"),
    ],
)
def test_what_is_missing_is_the_reason_that_it_is_not_ready(
    make_resource: Any, change: dict[str, Any], kind: ConditionType, reason: str
) -> None:
    status = told(replace(well(make_resource()), **change))
    assert (condition(status, kind).status, condition(status, kind).reason) == ("False", reason)
    assert condition(status, "Ready").status == "False"
    assert condition(status, "Ready").reason == reason


def test_the_last_known_topic_stays_while_kafka_does_not_answer(make_resource: Any) -> None:
    resource = replace(make_resource(), status=told(well(make_resource())))
    status = told(replace(well(resource), kafka=KafkaUnreachable("KafkaUnreachable", "no")))
    assert status.topic is not None
    assert status.topic.id == "abc"


def counts(observed: int, replicas: int, updated: int, ready: int, available: int) -> dict[str, int]:
    return {
        "observedGeneration": observed,
        "replicas": replicas,
        "updatedReplicas": updated,
        "readyReplicas": ready,
        "availableReplicas": available,
    }


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({}, "RollingOut"),
        (counts(0, 2, 2, 2, 2), "RollingOut"),
        (counts(1, 2, 1, 2, 2), "RollingOut"),
        # A new pod that does not run beside the two old ones that do.
        (counts(1, 3, 1, 2, 2), "RollingOut"),
        (counts(1, 3, 2, 2, 2), "RollingOut"),
        (counts(1, 2, 2, 1, 1), "PodsNotReady"),
        # Ready, and not yet for minReadySeconds.
        (counts(1, 2, 2, 2, 1), "PodsNotReady"),
        (counts(1, 2, 2, 2, 2), "PodsReady"),
    ],
)
def test_a_rollout_is_done_as_kubectl_counts_it(make_resource: Any, status: dict[str, Any], reason: str) -> None:
    observation = with_status(well(make_resource()), "Deployment", "quiz-api", status)
    assert condition(told(observation), "APIReady").reason == reason
    assert condition(told(observation), "Ready").status == ("True" if reason == "PodsReady" else "False")


def test_one_consumer_whose_new_pod_does_not_run_is_not_ready(make_resource: Any) -> None:
    # The surge pod exists and does not run; the old one is ready: "1 of 1 pods are ready".
    observation = with_status(well(make_resource()), "Deployment", "quiz-consumer", counts(1, 2, 1, 1, 1))
    ready = condition(told(observation), "Ready")
    assert (ready.status, ready.reason) == ("False", "RollingOut")


def test_pods_that_are_still_to_go_keep_a_deployment_that_is_scaled_to_none(make_resource: Any) -> None:
    observation = well(make_resource("minimal", {"api.replicas": 0}))
    assert condition(told(observation), "APIReady").reason == "ScaledToZero"
    going = with_status(observation, "Deployment", "quiz-api", counts(1, 2, 0, 2, 2))
    assert condition(told(going), "APIReady").reason == "RollingOut"


def test_what_was_written_in_this_look_is_not_ready_in_it(make_resource: Any) -> None:
    # What was observed is the Deployment as it was before: `kubectl wait` would pass at once.
    written = Outcome(done=(Problem("Updated", "."),), rolled=frozenset({"quiz-api"}))
    status = told(well(make_resource()), written)
    assert condition(status, "APIReady").reason == "RollingOut"
    assert condition(status, "ConsumerReady").reason == "PodsReady"
    scaled = told(well(make_resource()), Outcome(done=(Problem("Scaled", "."),)))
    assert condition(scaled, "ConsumerReady").reason == "RollingOut"
    assert condition(scaled, "Ready").status == "False"


def test_the_migration_that_is_wanted_now_has_to_be_finished(make_resource: Any) -> None:
    written_anew = {**VERSIONS, "ingestor-database": "another"}
    status = told(replace(well(make_resource()), secret_versions=written_anew))
    assert condition(status, "DatabaseReady").reason == "Migrating"
    assert condition(status, "Ready").status == "False"


def test_the_secrets_of_kafkas_login_are_missed_by_the_migration_too(make_resource: Any) -> None:
    status = told(well(make_resource("sasl-tls")))
    message = condition(status, "DatabaseReady").message
    assert message.startswith("Secret kafka-ca[ca.crt], kafka-client[tls.crt], kafka-client[tls.key], kafka-login[")


@pytest.mark.parametrize(
    "failing",
    [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "Took too long."},
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "Took too long."},
    ],
)
def test_a_rollout_that_failed_says_so_and_is_an_event(make_resource: Any, failing: dict[str, Any]) -> None:
    before = told(well(make_resource()))
    resource = replace(make_resource(), status=before)
    status = {"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 1, "conditions": [failing]}
    failed = told(with_status(well(resource), "Deployment", "quiz-api", status))
    assert condition(failed, "APIReady").reason == "RolloutFailed"
    assert condition(failed, "APIReady").message == (
        "Deployment quiz-api does not get its pods: Took too long. Deployment quiz-api has 1 of 2 pods of the newest"
        " template. See `kubectl describe deployment quiz-api`."
    )
    assert [(notice.type, notice.reason) for notice in notices(before, failed, Outcome())] == [
        ("Warning", "RolloutFailed")
    ]


def pod(component: str, owner: str = "", **status: Any) -> Manifest:
    labels = {"app.kubernetes.io/component": component}
    owners = [{"uid": owner, "controller": True}]
    return {
        "metadata": {"name": f"quiz-{component}-1", "uid": "p", "labels": labels, "ownerReferences": owners},
        "status": status,
    }


NO_IMAGE = {
    "name": "api",
    "image": "nope:1",
    "state": {"waiting": {"reason": "ErrImagePull", "message": "nope:1: not found"}},
}
WRONG_PASSWORD = {
    "name": "migrate",
    "state": {"terminated": {"exitCode": 1, "reason": "Error", "message": "password authentication failed\n"}},
}


def test_a_pod_that_does_not_start_is_named_with_the_words_of_the_cluster_and_is_a_warning(make_resource: Any) -> None:
    before = told(well(make_resource()))
    stuck = with_status(well(replace(make_resource(), status=before)), "Deployment", "quiz-api", counts(1, 3, 1, 2, 2))
    starting = told(stuck)
    assert condition(starting, "APIReady").reason == "RollingOut"
    after = told(replace(stuck, pods=(pod("api", containerStatuses=[NO_IMAGE]),)))
    kinds: tuple[ConditionType, ...] = ("Ready", "APIReady")
    for kind in kinds:
        found = condition(after, kind)
        assert found.reason == "ImagePullFailed"
        assert found.message == (
            "Pod quiz-api-1, container api: image nope:1 is not pulled: not found. Deployment quiz-api has 1 of 2 pods"
            " of the newest template."
        )
    assert [(notice.type, notice.reason) for notice in notices(starting, after, Outcome())] == [
        ("Warning", "ImagePullFailed")
    ]
    assert notices(after, after, Outcome()) == []


def test_pods_of_the_past_do_not_make_a_finished_rollout_unready(make_resource: Any) -> None:
    evicted = pod("api", phase="Failed", reason="Evicted")
    assert condition(told(replace(well(make_resource()), pods=(evicted,))), "Ready").status == "True"


def test_a_migration_that_cannot_log_in_says_so_long_before_its_job_gives_up(make_resource: Any) -> None:
    observation = well(make_resource())
    job = next(name for kind, name in observation.objects if kind == "Job")
    observation = with_job(observation, {"active": 1}, uid="j")
    first = told(observation)
    assert condition(first, "DatabaseReady").reason == "Migrating"
    failed = pod("migration", "j", phase="Failed", containerStatuses=[WRONG_PASSWORD])
    # A Job of another image or database has pods too.
    assert told(replace(observation, pods=(pod("migration", "other", **failed["status"]),))) == first
    after = told(replace(observation, pods=(failed,)))
    assert condition(after, "DatabaseReady").reason == "MigrationPodFails"
    assert condition(after, "DatabaseReady").message == (
        f"Job {job} has not finished: pod quiz-migration-1, container migrate: it ended with exit code 1: password"
        " authentication failed. It is tried again."
    )
    assert [(notice.type, notice.reason) for notice in notices(first, after, Outcome())] == [
        ("Warning", "MigrationPodFails")
    ]
    # The next try is on its way: what the last one failed of is still what a person has to mend.
    again = pod("migration", "j", phase="Running")
    assert condition(told(replace(observation, pods=(failed, failed))), "DatabaseReady").message == (
        condition(after, "DatabaseReady").message
    )
    assert condition(told(replace(observation, pods=(again, failed))), "DatabaseReady").reason == "MigrationPodFails"


def test_a_secret_that_waits_is_named_with_the_last_words_of_its_job(make_resource: Any) -> None:
    resource = make_resource()
    observation = replace(well(resource), secret_versions=VERSIONS | {"ingestor-database": "u1/6"})
    job = next(built for built in objects(resource, RELEASE, observation.secret_versions) if built["kind"] == "Job")
    name = job["metadata"]["name"]
    running = job | {"metadata": job["metadata"] | {"uid": "j"}, "status": {"active": 1}}
    observation = replace(observation, objects={**observation.objects, ("Job", name): running})
    before = told(observation)
    held = "Secret ingestor-database has changed: pods go on with what they have until the Job succeeds."
    assert condition(before, "DatabaseReady").message == f"Job {name} has not finished yet. {held}"
    failed = replace(observation, pods=(pod("migration", "j", phase="Failed", containerStatuses=[WRONG_PASSWORD]),))
    after = told(failed)
    assert condition(after, "DatabaseReady").message == (
        f"Job {name} has not finished: pod quiz-migration-1, container migrate: it ended with exit code 1: password"
        f" authentication failed. It is tried again. {held}"
    )
    assert condition(after, "APIReady").message == (
        f"Secret ingestor-database has changed: Deployment quiz-api keeps its pods as they are until Job {name} has"
        " finished; a pod that starts before reads what is there now."
    )
    assert [(notice.type, notice.reason) for notice in notices(before, after, Outcome())] == [
        ("Warning", "MigrationPodFails")
    ]


def test_pods_that_are_not_ready_are_told_beside_the_secret_that_waits(make_resource: Any) -> None:
    waiting = replace(well(make_resource()), secret_versions=VERSIONS | {"ingestor-database": "u1/6"})
    scaled = with_status(waiting, "Deployment", "quiz-api", counts(1, 2, 2, 1, 1))
    refused = {"reason": "Error", "exitCode": 1, "message": "the password is refused"}
    crashing = pod("api", containerStatuses=[{"name": "api", "state": {"terminated": refused}}])
    ended = "Pod quiz-api-1, container api: it ended with exit code 1"
    for pods, reason, cause in (
        ((), "WaitsForMigration", ""),
        ((crashing,), "ContainerCrashes", f"{ended}: the password is refused. "),
    ):
        found = condition(told(replace(scaled, pods=pods)), "APIReady")
        assert found.reason == reason
        assert found.message.startswith("Secret ingestor-database has changed: ")
        assert found.message.endswith(f" now. {cause}Deployment quiz-api has 1 of 2 pods available.")


@pytest.mark.parametrize("change", ["secret", "image"])
def test_what_keeps_pods_from_starting_is_a_warning_and_ends_also_while_something_waits(
    make_resource: Any, change: str
) -> None:
    versions = VERSIONS | ({"ingestor-database": "u1/6"} if change == "secret" else {})
    resource = make_resource("minimal", {"api.image": "api:2"} if change == "image" else {})

    def seen(last: Status, pods: tuple[Manifest, ...] = ()) -> Status:
        waits = replace(well(make_resource()), resource=replace(resource, status=last), secret_versions=versions)
        ready = 1 if pods else 2
        return told(replace(with_status(waits, "Deployment", "quiz-api", counts(1, 2, 2, ready, ready)), pods=pods))

    waiting = seen(Status())
    refused = {"reason": "CreateContainerConfigError", "message": "couldn't find key url in Secret"}
    stuck = pod("api", phase="Pending", containerStatuses=[{"name": "api", "state": {"waiting": refused}}])
    failing = seen(waiting, (stuck,))
    assert [(notice.type, notice.reason) for notice in notices(waiting, failing, Outcome())] == [
        ("Warning", "ContainerNotCreated")
    ]
    waits_again = seen(failing)
    assert condition(waits_again, "APIReady").reason == "WaitsForMigration"
    done = told(well(replace(make_resource(), status=waits_again)))
    over = "ContainerNotCreated is over: Deployment quiz-api has 2 of 2 pods ready."
    assert over in {notice.message for notice in notices(waits_again, done, Outcome())}


def test_several_secrets_that_wait_are_all_named(make_resource: Any) -> None:
    versions = {"ingestor-database": "u1/6", "ingestor-auth": "u2/8"}
    status = told(replace(well(make_resource()), secret_versions=versions))
    assert "Secrets ingestor-auth, ingestor-database have changed: pods go on" in (
        condition(status, "DatabaseReady").message
    )
    assert condition(status, "ConsumerReady").message.startswith("Secret ingestor-database has changed: Deployment")


def test_a_migration_whose_pods_a_quota_refuses_says_so(make_resource: Any) -> None:
    observation = well(make_resource())
    warnings = {"j": "FailedCreate: pods is forbidden: exceeded quota: small"}
    observation = replace(with_job(observation, {}, uid="j"), warnings=warnings)
    found = condition(told(observation), "DatabaseReady")
    assert (found.reason, "exceeded quota: small" in found.message) == ("MigrationPodFails", True)


def test_a_database_that_no_pod_reaches_is_not_ready_and_holds_the_scaling(make_resource: Any) -> None:
    ready = told(well(make_resource()))
    resource = replace(make_resource(), status=ready)
    refused = Answer("quiz-consumer-1", "consumer", "partition 0 waits", "down: connection refused")
    lagging = tuple(PartitionOffsets(number, 0, 90_000, 10) for number in range(3))
    kafka = KafkaFacts(TOPICS, GroupFacts(offsets=lagging))
    down = told(replace(well(resource), answers={"p": refused}, kafka=kafka, database_servers=("db.school:5432",)))
    for found in (condition(down, "Ready"), condition(down, "DatabaseReady")):
        assert (found.status, found.reason) == ("False", "DatabaseUnreachable")
        assert found.message == (
            "Of 1 pod asked, 1 answered, and none reaches the database at db.school:5432: pod quiz-consumer-1:"
            " connection refused. Events that Kafka has taken wait there."
        )
    scaling = condition(down, "ScalingActive")
    assert (scaling.status, scaling.reason) == ("False", "DatabaseUnreachable")
    assert ("Warning", "DatabaseUnreachable") in {(n.type, n.reason) for n in notices(ready, down, Outcome())}
    gone_on = replace(resource, status=down)
    ready_api = pod("api", phase="Running", podIP="10.0.0.9", conditions=[{"type": "Ready", "status": "True"}])
    asked = {"containers": [{"name": "api", "ports": [{"name": "metrics", "containerPort": 9090}]}]}
    silent = replace(well(gone_on), answers={"q": refused}, pods=(ready_api | {"spec": asked},))
    assert condition(told(silent), "DatabaseReady").reason == "DatabaseUnreachable"
    begins = told(replace(silent, resource=resource))
    assert condition(begins, "DatabaseReady").reason == "Migrated"
    back = told(replace(well(gone_on), answers={"p": replace(refused, database="up")}))
    assert condition(back, "Ready").status == "True"


def test_two_installations_on_one_database_are_said_and_go_on(make_resource: Any) -> None:
    before = told(well(make_resource()))
    resource = replace(make_resource(), status=before)
    shared = told(replace(well(resource), same_database=("school/other", "school/third")))
    found = condition(shared, "DatabaseReady")
    assert (found.status, found.reason) == ("True", "DatabaseShared")
    assert "that of IngestorDeployment school/other and 1 more too" in found.message
    assert condition(shared, "Ready").status == "True"
    assert [(notice.type, notice.reason) for notice in notices(before, shared, Outcome())] == [
        ("Warning", "DatabaseShared")
    ]


def test_a_stranger_in_the_database_that_only_the_consumers_see_is_said(make_resource: Any) -> None:
    answer = Answer("quiz-consumer-1", "consumer", "", "up", "consumer group theirs from topic lessons")
    found = condition(told(replace(well(make_resource()), answers={"p": answer})), "DatabaseReady")
    assert (found.status, found.reason) == ("True", "DatabaseShared")
    assert found.message.startswith("The database is that of consumer group theirs from topic lessons too: ")


def test_a_rollout_that_gets_on_is_no_failure(make_resource: Any) -> None:
    fine = [
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"},
    ]
    status = {"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 1, "conditions": fine}
    observation = with_status(well(make_resource()), "Deployment", "quiz-api", status)
    assert condition(told(observation), "APIReady").reason == "RollingOut"


def test_a_deployment_of_somebody_else_is_not_taken_for_the_own_one(make_resource: Any) -> None:
    observation = well(make_resource())
    theirs = observation.objects["Deployment", "quiz-consumer"]
    metadata = theirs["metadata"] | {"ownerReferences": [{"uid": "theirs", "controller": True}]}
    objects_seen = {**observation.objects, ("Deployment", "quiz-consumer"): theirs | {"metadata": metadata}}
    status = told(replace(observation, objects=objects_seen))
    assert condition(status, "ConsumerReady").reason == "NotCreated"
    assert condition(status, "ScalingActive").reason == "NoConsumers"


def test_a_migration_that_never_ends_says_so_and_is_an_event(make_resource: Any) -> None:
    observation = well(make_resource())
    job = next(name for kind, name in observation.objects if kind == "Job")
    observation = with_job(observation, {"active": 1}, creationTimestamp="2026-01-01T11:55:00Z")
    first = told(observation)
    assert condition(first, "DatabaseReady").reason == "Migrating"
    later = replace(observation, resource=replace(observation.resource, status=first), now=NOON + timedelta(minutes=10))
    stalled = told(later)
    assert condition(stalled, "DatabaseReady").reason == "MigrationStalled"
    assert f"kubectl describe job {job}" in condition(stalled, "DatabaseReady").message
    assert [notice.reason for notice in notices(first, stalled, Outcome())] == ["MigrationStalled"]


@given(apart=st.integers(-3_600, 3_600), passed=st.integers(0, 7_200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_job_that_was_just_made_has_not_run_for_long_whatever_the_operators_clock(
    make_resource: Any, apart: int, passed: int
) -> None:
    observation = well(make_resource())
    made = (NOON - timedelta(seconds=apart)).strftime("%Y-%m-%dT%H:%M:%SZ")
    observation = with_job(observation, {"active": 1}, creationTimestamp=made)
    first = told(observation)
    later = replace(observation, resource=replace(observation.resource, status=first))
    status = told(replace(later, now=NOON + timedelta(seconds=passed)))
    is_stalled = condition(status, "DatabaseReady").reason == "MigrationStalled"
    assert not (is_stalled and passed < 600)
    # A clock that is behind is waited for no longer than it is behind.
    assert is_stalled or passed < 600 + max(0, -apart)


def test_while_images_wait_for_the_migration_the_rest_is_changed(make_resource: Any) -> None:
    before = well(make_resource())
    resource = make_resource("minimal", {"api.image": "ingestor/api:2", "api.replicas": 6})
    changes = make_changes(replace(before, resource=resource), objects(resource, RELEASE, VERSIONS))
    assert [manifest["metadata"]["name"] for manifest in changes.waiting] == ["quiz-api"]
    (api,) = [item.manifest for item in changes.applied if item.name == "quiz-api" and item.kind == "Deployment"]
    assert api["spec"]["replicas"] == 6
    assert api["spec"]["template"]["spec"]["containers"][0]["image"] == "api:1"
    image_alone = make_resource("minimal", {"api.image": "ingestor/api:2"})
    changes = make_changes(replace(before, resource=image_alone), objects(image_alone, RELEASE, VERSIONS))
    assert [item.kind for item in changes.applied] == ["Job"]


def test_a_missing_deployment_is_said(make_resource: Any) -> None:
    status = told(without(well(make_resource()), "Deployment", "quiz-consumer"))
    assert condition(status, "ConsumerReady").reason == "NotCreated"
    assert condition(status, "ScalingActive").status == "Unknown"


def test_a_failed_migration_names_its_job_and_where_to_look(make_resource: Any) -> None:
    observation = well(make_resource())
    job = next(name for kind, name in observation.objects if kind == "Job")
    failed = {"type": "Failed", "status": "True", "lastTransitionTime": "2026-01-01T12:00:00Z", "message": "Boom"}
    told_of = condition(told(with_status(observation, "Job", job, {"conditions": [failed]})), "DatabaseReady")
    assert told_of.reason == "MigrationFailed"
    assert "Boom" in told_of.message
    assert f"kubectl logs job/{job}" in told_of.message


def test_observe_lists_what_it_would_do(make_resource: Any) -> None:
    observation = well(make_resource("minimal", {"mode": "Observe"}))
    status = told(replace(observation, objects={}, kafka=KafkaFacts({})))
    assert condition(status, "Ready").reason == "Observing"
    assert "create topic quiz-events with 3 partitions" in status.plan
    assert "create Deployment quiz-consumer" in status.plan


def test_a_claimed_topic_stops_everything(make_resource: Any) -> None:
    younger = make_resource(name="younger", uid="z", creationTimestamp="2026-02-01T00:00:00Z")
    older = make_resource(uid="a")
    status = told(replace(well(younger), others=(older,), kafka=well(older).kafka, objects={}))
    assert condition(status, "Ready").reason == "TopicClaimed"
    assert status.plan == []
    assert status.topic is not None
    assert (status.topic.id, status.topic.made) == ("abc", False)


def test_of_what_another_has_taken_over_no_number_is_left_standing(make_resource: Any) -> None:
    older = make_resource(uid="a")
    before = told(well(make_resource(name="younger", uid="z")))
    assert (before.lag, before.topic and before.topic.partitions) == ("0", 3)
    younger = replace(make_resource(name="younger", uid="z"), status=before)
    marked = {
        name: replace(facts, mark=own_mark(older, "n", facts.id, made=True, now=NOON)) for name, facts in TOPICS.items()
    }
    observed = replace(well(younger), others=(older,), kafka=KafkaFacts(marked, GroupFacts(offsets=OFFSETS)))
    status = told(observed)
    assert condition(status, "TopicReady").reason == "TopicClaimed"
    assert status.lag == "unknown"
    assert status.consumer is not None
    assert (status.consumer.lag, status.consumer.lag_state) == (None, "Unknown")
    for topic in (status.topic, status.dead_letter_topic):
        assert topic is not None
        assert topic.partitions is None
    assert "Backlog: not known" in explanation(replace(younger, status=status), NOON)


def test_what_has_migrated_says_so_after_a_claim_also_without_its_job(make_resource: Any) -> None:
    older, younger = make_resource(uid="a"), make_resource(name="younger", uid="z")
    before = told(well(younger))
    observation = well(replace(younger, status=before))
    job = next(name for kind, name in observation.objects if kind == "Job")
    claimed = without(replace(observation, others=(older,), kafka=well(older).kafka), "Job", job)
    status = told(claimed)
    assert condition(status, "TopicReady").reason == "TopicClaimed"
    assert condition(status, "DatabaseReady").reason == "Migrated"


@pytest.mark.parametrize("running", [False, True])
def test_after_a_claim_no_sentence_is_false_and_no_name_is_empty(make_resource: Any, running: bool) -> None:
    older = make_resource(uid="a")
    younger = make_resource("minimal", {"api.image": "ingestor/api:2"}, name="younger", uid="z")
    observed = replace(well(younger), others=(older,), kafka=well(older).kafka)
    before = well(make_resource(name="younger", uid="z")).objects
    # With pods from before: of another image, which no migration is made for any more.
    kept = {key: body for key, body in before.items() if key[0] != "Job"} if running else {}
    status = told(replace(observed, objects=kept))
    messages = {item.type: item.message for item in status.conditions}
    job = messages["DatabaseReady"].split()[1]
    assert messages["DatabaseReady"] == f"Job {job} is not created: TopicClaimed; see the condition TopicReady."
    assert job.startswith("younger-migrate-")
    assert status.consumer is not None
    if running:
        assert messages["APIReady"] == "Deployment younger-api has 2 of 2 pods ready."
        assert condition(status, "ScalingActive").reason == "TopicClaimed"
        assert status.consumer.desired == 1
    else:
        assert messages["APIReady"] == (
            "Deployment younger-api is not created: TopicClaimed; see the condition TopicReady."
        )
    assert not [message for message in messages.values() if "  " in message or "waits" in message]


def test_a_topic_of_another_kafka_is_not_the_old_one_made_anew() -> None:
    before = TopicStatus(name="t", id="a", partitions=1, bootstrap_servers="one:9092")
    assert recreated(before, before.model_copy(update={"id": "b"})) is not None
    assert recreated(before, before.model_copy(update={"id": "b", "bootstrap_servers": "two:9092"})) is None
    assert recreated(before, before.model_copy(update={"id": None})) is None


def test_a_refusal_is_the_reason_before_all_others(make_resource: Any) -> None:
    refused = Outcome(failures=(Problem("Forbidden", "You may not."),))
    status = told(well(make_resource()), refused)
    assert (condition(status, "Ready").status, condition(status, "Ready").reason) == ("False", "Forbidden")


def test_a_transition_time_moves_only_with_the_status(make_resource: Any) -> None:
    first = told(well(make_resource()))
    resource = replace(make_resource(), status=first)
    later = replace(well(resource), now=NOON + timedelta(hours=1), kafka=KafkaUnreachable("KafkaUnreachable", "no"))
    status = told(later)
    assert condition(status, "TopicReady").last_transition_time == "2026-01-01T13:00:00Z"
    assert condition(status, "APIReady").last_transition_time == "2026-01-01T12:00:00Z"


def test_events_tell_what_turned_once(make_resource: Any) -> None:
    ready = told(well(make_resource()))
    resource = replace(make_resource(), status=ready)
    dead = told(replace(well(resource), kafka=KafkaUnreachable("KafkaUnreachable", "nobody answers")))
    turned = notices(ready, dead, Outcome())
    assert ("Warning", "KafkaUnreachable", "nobody answers") in {(n.type, n.reason, n.message) for n in turned}
    assert notices(dead, dead, Outcome()) == []
    back = notices(dead, ready, Outcome())
    assert {notice.reason for notice in back} == {"Recovered"}
    over = ("KafkaUnreachable is over: ", "LagUnknown no longer keeps the consumers from being scaled.")
    assert all(notice.message.startswith(over) for notice in back)
    assert {notice.type for notice in back} == {"Normal"}


def test_a_pin_is_no_warning(make_resource: Any) -> None:
    before = told(well(make_resource()))
    pinned = make_resource("minimal", {"consumer.replicas": {"pinned": 1}})
    after = told(well(replace(pinned, status=before)))
    assert [(notice.type, notice.reason) for notice in notices(before, after, Outcome())] == [("Normal", "Pinned")]


def test_what_passes_by_itself_is_no_event(make_resource: Any) -> None:
    before = told(well(make_resource()))
    resource = replace(make_resource(), status=before)
    rolling = told(with_status(well(resource), "Deployment", "quiz-api", {}))
    assert notices(before, rolling, Outcome()) == []


def test_what_was_done_is_an_event(make_resource: Any) -> None:
    status = told(well(make_resource()))
    done = Outcome(done=(Problem("Scaled", "Up."),), warnings=(Problem("DriftCorrected", "Back."),))
    assert [(notice.type, notice.reason) for notice in notices(status, status, done)] == [
        ("Normal", "Scaled"),
        ("Warning", "DriftCorrected"),
    ]


def test_a_reconcile_that_could_not_look_keeps_what_was_said_of_the_rest(make_resource: Any) -> None:
    resource = replace(make_resource(), status=told(well(make_resource())))
    status = failed_status(resource.status, 1, Problem("Forbidden", "You may not."), NOON)
    assert condition(status, "Ready").reason == "Forbidden"
    assert condition(status, "APIReady").reason == "PodsReady"


def test_a_waiting_increase_tells_since_when_for_as_long_as_it_waits(make_resource: Any) -> None:
    behind = tuple(PartitionOffsets(number, 0, 10, 9) for number in range(3))

    def look(before: Status, minutes: int, offsets: tuple[PartitionOffsets, ...] = behind) -> Status:
        resource = replace(make_resource("minimal", {"kafka.topic": {"partitions": 6}}), status=before)
        seen = replace(well(resource), now=NOON + timedelta(minutes=minutes))
        assert isinstance(seen.kafka, KafkaFacts)
        return told(replace(seen, kafka=replace(seen.kafka, group=GroupFacts(offsets=offsets))))

    first = look(Status(), 0)
    later = look(first, 20)
    assert condition(later, "TopicReady").reason == "PartitionIncreaseWaits"
    assert "since 2026-01-01T12:00:00Z, for 20 minutes" in condition(later, "TopicReady").message
    stored = look(later, 21, OFFSETS)
    assert stored.topic is not None
    assert stored.topic.increase_waits_since is None


def test_a_topic_to_which_no_record_can_be_sent_is_not_ready(make_resource: Any) -> None:
    observation = well(make_resource())
    assert isinstance(observation.kafka, KafkaFacts)
    topic = observation.kafka.topics["quiz-events"]
    # The brokers' default, which the spec does not name.
    unsendable = replace(topic, config={**topic.config, "min.insync.replicas": "2"})
    kafka = replace(observation.kafka, topics={**observation.kafka.topics, topic.name: unsendable})
    status = told(replace(observation, kafka=kafka))
    ready = condition(status, "TopicReady")
    assert (ready.status, ready.reason) == ("False", "TooFewReplicas")
    assert "No record can be sent to topic quiz-events" in ready.message
    assert not status.is_ready


def test_a_migration_that_waits_in_an_init_container_has_not_failed(make_resource: Any) -> None:
    observation = well(make_resource())
    running = {"name": "wait", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
    waits = pod("migration", "j", phase="Pending", initContainerStatuses=[running])
    observation = replace(with_job(observation, {}, uid="j"), pods=(waits,))
    assert [str(fault) for fault in observation.faults("migration", "j")] != []
    assert condition(told(observation), "DatabaseReady").reason == "Migrating"
