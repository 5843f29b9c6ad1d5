"""Whatever a person or a stranger wrote is refused with its path or coped with: the operator itself does not fail."""

from datetime import UTC, datetime
from typing import Any

import pytest
from first_difference import first_difference
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.explain import explanation
from ingestor_operator.kafka.facts import KafkaFacts, TopicFacts
from ingestor_operator.manifests.holding import with_images
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.manifests.objects import objects
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.warnings import newest_warning
from ingestor_operator.plan.changes import make_changes
from ingestor_operator.plan.databases import database_places
from ingestor_operator.plan.migration import images
from ingestor_operator.plan.plan import make_plan
from ingestor_operator.plan.scaling import scaling_memory
from ingestor_operator.status.status import make_status

RELEASE = Release("api:1", "consumer:1")
SECRETS = {"ingestor-database": "1", "ingestor-auth": "2"}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FIXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "image", "env", "nodeAffinity", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def fields(**said: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the fields, each of the form that it has or of any other."""
    return st.fixed_dictionaries({}, optional={name: found | JSON for name, found in said.items()})


CONTAINER = fields(
    name=st.sampled_from(["api", "consumer", "migrate", "proxy"]),
    image=st.text(max_size=3),
    env=st.lists(fields(name=st.sampled_from(["PGHOST", "A"]), value=st.text(max_size=2)), max_size=2),
    volumeMounts=st.lists(fields(name=st.just("tmp"), mountPath=st.just("/tmp")), max_size=2),  # noqa: S108
)
TEXTS = st.dictionaries(st.sampled_from(["a", "app.kubernetes.io/managed-by"]), st.text(max_size=3) | JSON, max_size=2)
POD_TEMPLATE = fields(
    metadata=fields(labels=TEXTS, annotations=TEXTS),
    spec=fields(
        containers=st.lists(CONTAINER, max_size=3),
        volumes=st.lists(fields(name=st.just("tmp")), max_size=2),
        affinity=fields(nodeAffinity=JSON),
        tolerations=JSON,
    ),
)


@FIXED
@given(template=POD_TEMPLATE, component=st.sampled_from(["api", "consumer", "migration"]))
def test_any_pod_template_is_refused_with_its_path_or_built(make_resource: Any, template: Any, component: str) -> None:
    try:
        resource = make_resource("minimal", {f"{component}.podTemplate": template})
    except ValidationError as error:
        if all(fault["loc"][:2] == (component, "podTemplate") for fault in error.errors()):
            return
        raise
    built = objects(resource, RELEASE, SECRETS)
    observation = Observation(NOON, resource, (), {}, lived(built), KafkaFacts(), SECRETS)
    assert make_changes(observation, built).applied == ()
    for manifest in built:
        assert first_difference(manifest, manifest) is None
        if manifest["kind"] == "Deployment":
            assert with_images(manifest, images(manifest)) == manifest
            found = manifest["spec"]["template"]["metadata"]["labels"]
            assert found["app.kubernetes.io/managed-by"] == "ingestor-operator"
            assert manifest["spec"]["selector"]["matchLabels"].items() <= found.items()


def lived(built: list[Manifest]) -> dict[tuple[str, str], Manifest]:
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in built}


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ({"metadata": None}, "metadata: must be an object"),
        ({"spec": "x"}, "spec: must be an object"),
        ({"spec": {"containers": "x"}}, "spec.containers: must be a list"),
        ({"spec": {"containers": None}}, "spec.containers: must be a list"),
        ({"spec": {"containers": [{"image": "x"}]}}, r"spec.containers\[0\]: must be an object with a name"),
        (
            {"spec": {"containers": [{"name": "a"}, {"name": "b"}, {"name": "a", "image": ""}]}},
            r"spec.containers\[2\]: another one has the name 'a' already",
        ),
        ({"metadata": {"labels": "x"}}, "metadata.labels: must be an object of texts"),
        ({"metadata": {"labels": {"a": 1}}}, "metadata.labels.a: must be a text"),
        ({"kind": "Pod"}, "kind: a pod template has metadata and spec"),
    ],
)
@pytest.mark.parametrize("component", ["api", "consumer", "migration"])
def test_a_pod_template_that_cannot_be_merged_is_refused_with_its_path(
    make_resource: Any, component: str, template: Any, said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        make_resource("minimal", {f"{component}.podTemplate": template})


def test_a_pod_template_too_deep_to_be_read_is_refused(make_resource: Any) -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"x": deep}
    with pytest.raises(ValidationError, match="nested more than"):
        make_resource("minimal", {"api.podTemplate": {"spec": deep}})


@pytest.mark.parametrize("labels", [None, {}, {"app.kubernetes.io/managed-by": "Helm"}])
def test_pods_keep_the_labels_by_which_the_operator_finds_them(make_resource: Any, labels: Any) -> None:
    overlay = {f"{part}.podTemplate": {"metadata": {"labels": labels}} for part in ("api", "consumer", "migration")}
    for manifest in objects(make_resource("minimal", overlay), RELEASE, SECRETS):
        if manifest["kind"] in ("Deployment", "Job"):
            own = manifest["metadata"]["labels"]
            assert own.items() <= manifest["spec"]["template"]["metadata"]["labels"].items()


TIMES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "yesterday",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2026-01-01T11:59:00Z",
            "2026-01-01T11:59:00",
        ]
    ),
)
TOPIC = st.fixed_dictionaries(
    {"name": st.just("quiz-events"), "partitions": st.integers()},
    optional={
        "id": st.sampled_from(["a", "b"]),
        "made": st.booleans(),
        "adopted": st.booleans(),
        "increaseWaitsSince": TIMES,
        "bootstrapServers": st.text(max_size=9) | st.just(f"k:{'9' * 5004}"),
    },
)
DECISION = JSON | st.fixed_dictionaries(
    {
        "time": TIMES,
        "direction": st.sampled_from(["hold", "up"]),
        "reason": st.sampled_from(["LagUnknown", "BelowMinimum"]),
        "message": st.text(max_size=3),
        "current": st.integers(),
        "replicas": st.integers(),
        "inputs": st.fixed_dictionaries(
            {
                "lagState": st.just("Unknown"),
                "arrivalRate": st.floats(allow_nan=False, allow_infinity=False),
                "partitions": st.integers(),
                "ready": st.integers(),
                "members": st.integers(),
                "groupState": st.sampled_from(["Stable", "Unknown", "x"]),
                "minimum": st.integers(),
                "maximum": st.integers(),
                "drainTarget": st.floats(allow_nan=False, allow_infinity=False),
            }
        ),
    }
)
STATUS = st.fixed_dictionaries(
    {},
    optional={
        "topic": TOPIC,
        "deadLetterTopic": TOPIC,
        "migration": st.fixed_dictionaries({"job": st.text(max_size=3) | st.just("THE JOB"), "completedAt": TIMES}),
        "decisions": st.lists(DECISION, max_size=3),
        "consumer": st.fixed_dictionaries(
            {
                "replicas": st.integers(),
                "ready": st.integers(),
                "desired": st.integers(),
                "lagState": st.just("Known"),
            },
            optional={
                "lag": st.integers(),
                "lagSeconds": st.floats(allow_nan=False, allow_infinity=False),
                "ratePerReplica": st.floats(allow_nan=False, allow_infinity=False),
            },
        ),
        "conditions": st.lists(
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["Ready", "TopicReady", "DatabaseReady"]),
                    "status": st.sampled_from(["True", "False", "Unknown"]),
                    "reason": st.text(max_size=3),
                    "message": st.text(max_size=3),
                    "observedGeneration": st.integers(),
                    "lastTransitionTime": TIMES,
                }
            ),
            max_size=2,
        ),
        "lag": st.text(max_size=3),
        "scaling": JSON,
    },
)
ANY_STATUS = STATUS | JSON


@FIXED
@given(status=ANY_STATUS, found=st.booleans())
def test_any_status_is_read_as_far_as_it_can_be(make_resource: Any, status: Any, found: bool) -> None:
    more = {"kafka.topic.partitions": 6}
    job = next(one for one in objects(make_resource("minimal", more), RELEASE, SECRETS) if one["kind"] == "Job")
    if isinstance(status, dict) and isinstance(status.get("migration"), dict):
        status["migration"] = {"job": job["metadata"]["name"]} | status["migration"]
    resource = make_resource("minimal", more, status=status)
    topic = TopicFacts("quiz-events", "a", 3, 1)
    kafka = KafkaFacts({"quiz-events": topic} if found else {})
    observation = Observation(NOON, resource, (), {}, {}, kafka, SECRETS)
    plan, _ = make_plan(observation, scaling_memory(resource, NOON))
    changes = make_changes(observation, objects(resource, RELEASE, SECRETS))
    told = make_status(observation, plan, changes, Outcome(), "1")
    assert told.condition("Ready") is not None
    assert "IngestorDeployment school/quiz" in explanation(resource, NOON)


def test_a_decision_that_cannot_be_read_is_not_told_and_that_is_said(make_resource: Any) -> None:
    text = explanation(make_resource(status={"decisions": [{"x": 1}]}), NOON)
    assert "Not told: 1 of the decisions in the status, which this release cannot read." in text
    assert "Nothing has been decided yet." in text


@given(st.lists(TIMES, max_size=4), st.sampled_from(["lastTimestamp", "eventTime", "creationTimestamp"]))
def test_events_of_any_time_are_coped_with(times: list[str], field: str) -> None:
    events: list[Manifest] = [
        {"reason": "FailedMount", "message": "m", "metadata": {field: time}, field: time} for time in times
    ]
    assert newest_warning(events, {}, NOON) in (None, "FailedMount: m")


def test_an_event_without_a_readable_time_hides_no_other() -> None:
    strange: list[Manifest] = [
        {"reason": "Strange", "lastTimestamp": time, "metadata": {}}
        for time in ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "yesterday")
    ]
    plain = {"reason": "FailedMount", "message": "m", "lastTimestamp": "2026-01-01T11:59:00Z", "metadata": {}}
    assert newest_warning([*strange, plain], {}, NOON) == "FailedMount: m"
    assert newest_warning(strange, {}, NOON) is None


PORTS = st.text("0123456789²٣:-", max_size=6) | st.just("9" * 5004)


@given(PORTS, PORTS, st.text(max_size=8))
def test_a_database_url_with_any_port_is_read(port: str, option: str, host: str) -> None:
    for url in (f"postgresql://u:p@{host}:{port}/quiz", f"postgresql://u:p@db/quiz?port={option}", f"{host}?{option}"):
        assert isinstance(database_places(url, "school"), frozenset)


@pytest.mark.parametrize("port", ["9" * 5004, "²"])
def test_a_port_that_is_none_is_kept_as_it_was_written(port: str) -> None:
    assert database_places(f"postgresql://u@db/quiz?port={port}", "school") == {f"db.school:{port}/quiz"}
