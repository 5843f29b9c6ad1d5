"""Whatever terminates is neither written nor deleted, and is told of, in whatever state it and the others are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.conftest import MakeResource

from ingestor_operator.act.objects import act_on_objects
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kafka.facts import KafkaFacts, KafkaUnreachable
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.difference import Change
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.manifests.objects import objects
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import Changes, make_changes
from ingestor_operator.plan.migration import Migration, MigrationState
from ingestor_operator.plan.plan import make_plan
from ingestor_operator.scaling import ScalingState
from ingestor_operator.status.events import notices
from ingestor_operator.status.status import make_status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD, NEW = Release("api:1", "consumer:1"), Release("api:2", "consumer:2")
SECRETS = {"ingestor-database": "u1/5", "ingestor-auth": "u2/7"}
DOWN = KafkaUnreachable("KafkaUnreachable", "down")
GONE_AT = "2026-01-01T11:00:00Z"
FAILED_AT = (NOON - timedelta(hours=1)).isoformat()
STATES = st.sampled_from(["as built", "drifted", "foreign"])
FINALIZERS = st.lists(st.sampled_from(["a.test/x", "b.test/y", "foregroundDeletion"]), unique=True, max_size=3)


def changed(body: Manifest, *, state: str, finalizers: list[str] | None, ended: str | None) -> Manifest:
    metadata = dict(body["metadata"])
    if state == "foreign":
        metadata["ownerReferences"] = [{"uid": "another", "controller": True}]
    if state == "drifted":
        metadata["annotations"] = {}
    if finalizers is not None:
        metadata |= {"deletionTimestamp": GONE_AT, "finalizers": finalizers}
    status = {"conditions": [{"type": ended, "status": "True", "lastTransitionTime": FAILED_AT}]} if ended else {}
    return body | {"metadata": metadata} | ({"status": status} if body["kind"] == "Job" else {})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_terminates_is_left_alone_and_told(make_resource: MakeResource, data: st.DataObject) -> None:
    resource = make_resource()
    ended = data.draw(st.sampled_from([None, "Complete", "Failed"]), "the Jobs")
    live: dict[tuple[str, str], Manifest] = {}
    # Of both releases: the old one's Job is needed no more.
    for manifest in [*objects(resource, OLD, SECRETS), *objects(resource, NEW, SECRETS)]:
        key = (manifest["kind"], manifest["metadata"]["name"])
        if data.draw(st.booleans(), f"{key} exists"):
            finalizers = data.draw(st.none() | FINALIZERS)
            live[key] = changed(manifest, state=data.draw(STATES), finalizers=finalizers, ended=ended)
    built = objects(resource, NEW, SECRETS)
    wanted = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in built}
    changes = make_changes(Observation(NOON, resource, (), {}, live, DOWN, SECRETS), built)
    touched = {(change.kind, change.name) for change in changes.applied}
    touched |= {(body["kind"], body["metadata"]["name"]) for body in [*changes.deleted, *changes.waiting]}
    leaving = {key: body for key, body in live.items() if "deletionTimestamp" in body["metadata"]}
    assert not touched & leaving.keys()
    own = {key for key, body in leaving.items() if body["metadata"]["ownerReferences"][0]["uid"] == resource.uid}
    told = {(item.kind, item.name): str(item) for item in changes.terminating}
    assert own <= told.keys() <= leaving.keys()
    for key in leaving.keys() & wanted:
        is_done = key in own and key[0] == "Job" and ended == "Complete"
        assert ("is made anew" in told.get(key, "")) is not is_done
    for key, sentence in told.items():
        assert all(finalizer in sentence for finalizer in leaving[key]["metadata"]["finalizers"])
    # And what does not terminate is written as ever.
    assert {key for key in wanted if key not in live} - {("Job", changes.migration_job)} <= touched


class Found(Cluster):
    """An API server with an object that lacks our labels, and that nobody may write."""

    def __init__(self, live: Manifest) -> None:
        self._live = live

    async def find(self, manifest: Manifest) -> Manifest | None:
        return self._live


async def test_what_only_the_last_look_shows_to_terminate_is_not_written_either(make_resource: Any) -> None:
    metadata = {"name": "x", "deletionTimestamp": GONE_AT, "finalizers": ["a.test/x", "b.test/y"]}
    live = {"kind": "ConfigMap", "metadata": metadata}
    changes = Changes((Change(live, "missing"),), (), (), MigrationState(Migration.PENDING), "")
    (failure,) = (await act_on_objects(Found(live), make_resource(), changes)).failures
    assert failure.reason == "ObjectTerminates"
    assert failure.message == (
        "ConfigMap x is being deleted and is made anew once it is gone: it waits until whoever set its finalizers"
        " a.test/x and b.test/y has removed them."
    )


def test_consumers_that_terminate_are_not_scaled_and_are_told_of_once(make_resource: Any) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"pinned": 3}})
    built = {(body["kind"], body["metadata"]["name"]): body for body in objects(resource, NEW, SECRETS)}
    key = ("Deployment", "quiz-consumer")
    owned = built[key] | {"spec": built[key]["spec"] | {"replicas": 1}}
    seen = Observation(NOON, resource, (), {}, built | {key: owned}, KafkaFacts(), SECRETS)
    assert make_plan(seen, ScalingState())[0].decision is not None
    going = changed(owned, state="as built", finalizers=["a.test/x"], ended=None)
    seen = replace(seen, objects=built | {key: going}, kafka=DOWN)
    plan, _ = make_plan(seen, ScalingState())
    assert plan.decision is None
    status = make_status(seen, plan, make_changes(seen, list(built.values())), Outcome())
    told = [notice for notice in notices(resource.status, status, Outcome()) if notice.reason == "ObjectTerminates"]
    assert len(told) == 1
    assert "a.test/x" in told[0].message
