"""What is said about a resource, by what was seen and done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kafka.facts import GroupFacts, KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.manifests.objects import objects
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.status import Condition, ConditionType, MigrationStatus, Status, TopicStatus
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import make_changes
from ingestor_operator.plan.ownership import own_mark
from ingestor_operator.plan.plan import make_plan
from ingestor_operator.plan.problem import Problem
from ingestor_operator.scaling import PartitionOffsets, ScalingState
from ingestor_operator.status.events import notices
from ingestor_operator.status.status import failed_status, make_status
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
        counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas"), wanted)
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
    return make_status(observation, plan, changes, outcome or Outcome())


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


def test_it_is_ready_when_everything_is(make_resource: Any) -> None:
    status = told(well(make_resource()))
    assert (condition(status, "Ready").status, condition(status, "Ready").reason) == ("True", "AllReady")
    assert status.topic is not None
    assert (status.topic.id, status.topic.partitions) == ("abc", 3)
    assert status.consumer is not None
    assert (status.consumer.lag, status.consumer.lag_state, status.replicas) == (0, "Known", 1)
    assert status.observed_generation == 1


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


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({}, "RollingOut"),
        ({"observedGeneration": 0, "updatedReplicas": 2, "readyReplicas": 2}, "RollingOut"),
        ({"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 2}, "RollingOut"),
        ({"observedGeneration": 1, "updatedReplicas": 2, "readyReplicas": 1}, "PodsNotReady"),
        ({"observedGeneration": 1, "updatedReplicas": 2, "readyReplicas": 2}, "PodsReady"),
    ],
)
def test_a_deployment_is_judged_by_its_newest_pods(make_resource: Any, status: dict[str, Any], reason: str) -> None:
    observation = with_status(well(make_resource()), "Deployment", "quiz-api", status)
    assert condition(told(observation), "APIReady").reason == reason


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
        "Deployment quiz-api does not get its pods: Took too long; see `kubectl describe deployment quiz-api`."
    )
    assert [(notice.type, notice.reason) for notice in notices(before, failed, Outcome())] == [
        ("Warning", "RolloutFailed")
    ]


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
    body = observation.objects["Job", job]
    made = {"creationTimestamp": "2026-01-01T11:55:00Z"}
    running = body | {"status": {"active": 1}, "metadata": body["metadata"] | made}
    observation = replace(observation, objects={**observation.objects, ("Job", job): running})
    first = told(observation)
    assert condition(first, "DatabaseReady").reason == "Migrating"
    later = replace(observation, resource=replace(observation.resource, status=first), now=NOON + timedelta(minutes=5))
    stalled = told(later)
    assert condition(stalled, "DatabaseReady").reason == "MigrationStalled"
    assert f"kubectl describe job {job}" in condition(stalled, "DatabaseReady").message
    assert [notice.reason for notice in notices(first, stalled, Outcome())] == ["MigrationStalled"]


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
        assert messages["APIReady"] == "2 of 2 pods of Deployment younger-api are ready."
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
    assert {"TopicsReady", "AllReady"} <= {notice.reason for notice in back}
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
