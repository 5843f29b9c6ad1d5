"""The plan says which fields change, from what to what, and never what may be a password."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.status.test_status import RELEASE, VERSIONS, told, well

from ingestor_operator.kubernetes.changed_fields import SHOWN, in_words
from ingestor_operator.kubernetes.difference import Difference, differences, removed
from ingestor_operator.manifests.objects import objects
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import make_changes

OBSERVE = {"mode": "Observe"}


def planned(make_resource: Any, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The plan where the objects are as `before` asks for, and `after` is asked for now."""
    observation = well(make_resource("minimal", OBSERVE | before))
    return told(replace(observation, resource=make_resource("minimal", OBSERVE | after))).plan


def test_a_number_is_named_with_what_it_was(make_resource: Any) -> None:
    assert planned(make_resource, {}, {"api.replicas": 5}) == ["update Deployment quiz-api (spec.replicas: 2 → 5)"]


def test_a_setting_is_named_and_whose_pods_it_replaces(make_resource: Any) -> None:
    settings, *deployments = planned(make_resource, {}, {"api.rollout": {"kafkaPercent": 50}})
    assert re.fullmatch(r"create ConfigMap quiz-config-[0-9a-f]{8} \(data.KAFKA_ROLLOUT_PERCENT: 100 → 50\)", settings)
    for component, step in zip(("api", "consumer"), deployments, strict=True):
        assert step.startswith(f"update Deployment quiz-{component}, which replaces its pods (")


def test_an_image_that_waits_for_its_migration_is_in_the_plan_too(make_resource: Any) -> None:
    plan = planned(make_resource, {}, {"api.image": "api:2", "api.replicas": 3})
    job = next(step for step in plan if step.startswith("create Job ")).removeprefix("create Job ")
    assert "update Deployment quiz-api (spec.replicas: 2 → 3)" in plan
    assert (
        f"update Deployment quiz-api once Job {job} has completed, which replaces its pods"
        " (spec.template.spec.containers[api].image: api:1 → api:2)" in plan
    )


def test_only_a_few_fields_of_an_object_are_told() -> None:
    many = [Difference(f"spec.ports[{number}].nodePort", number, number + 1) for number in range(SHOWN + 4)]
    first, second, third, *_ = (f"spec.ports[{number}].nodePort: {number} → {number + 1}" for number in range(SHOWN))
    assert in_words(many) == f" ({first}; {second}; {third}; 4 more)"
    assert in_words(many[:1]) == f" ({first})"
    assert in_words([]) == ""


CONTAINER = "spec.template.spec.containers[api]"
DIGEST = f"@sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("path", "present", "wanted", "words"),
    [
        ("spec.replicas", None, 5, "none → 5"),
        ("spec.strategy.rollingUpdate.maxSurge", 1, "25%", "1 → 25%"),
        (f"{CONTAINER}.livenessProbe.timeoutSeconds", 3, 5, "3 → 5"),
        (f"{CONTAINER}.tty", True, False, "true → false"),
        (f"{CONTAINER}.resources.limits.memory", "256Mi", "1.5Gi", "256Mi → 1.5Gi"),
        (f"{CONTAINER}.imagePullPolicy", "Always", "Never", "Always → Never"),
        (f"{CONTAINER}.image", "api:1", "registry:5000/school/api:2", "api:1 → registry:5000/school/api:2"),
        (f"{CONTAINER}.image", "api:1", f"api{DIGEST}", f"api:1 → {f'api{DIGEST}'[:59]}…"),
        (f"{CONTAINER}.image", "user:secret@registry/api:1", "api:1", "changed"),
        ("spec.type", "NodePort", "LoadBalancer", "NodePort → LoadBalancer"),
        ("spec.ports[80,TCP].targetPort", 8080, "http", "changed"),
        ("data.KAFKA_BROKERS", "", "a:9092,b:9092", '"" → a:9092,b:9092'),
        ("data.KAFKA_BROKERS", "x" * 100, None, f"{'x' * 59}… → none"),
        ("data.JWT_JWKS_URL", "https://sso/keys", None, "removed"),
        ("metadata.annotations.replicas", None, "4711", "added"),
        (f"{CONTAINER}.env[replicas].value", 4711, 4712, "changed"),
        (f"{CONTAINER}.securityContext", None, {"a": 1}, "added"),
        (f"{CONTAINER}.args", [1], None, "removed"),
        (f"{CONTAINER}.args", [1], [1, 2], "changed"),
    ],
)
def test_what_a_field_is_and_becomes_is_short(path: str, present: Any, wanted: Any, words: str) -> None:
    assert in_words([Difference(path, present, wanted)]) == f" ({path}: {words})"


def in_container(**fields: Any) -> dict[str, Any]:
    return {"api.podTemplate": {"spec": {"containers": [{"name": "api", **fields}]}}}


def in_pod(**fields: Any) -> dict[str, Any]:
    return {"api.podTemplate": {"spec": fields}}


TEXT_PLACES: list[Any] = [
    lambda secret: {"api.podTemplate": {"metadata": {"annotations": {"vault/token": secret}}}},
    lambda secret: {"api.podTemplate": {"metadata": {"annotations": {"replicas": secret}}}},
    lambda secret: {"api.podTemplate": {"metadata": {"labels": {"type": secret}}}},
    lambda secret: {"api.service": {"annotations": {"dns/token": secret}}},
    lambda secret: {"api.service": {"annotations": {"spec.replicas": secret}}},
    lambda secret: {"api.service": {"labels": {"port": secret}}},
]
"""What holds texts alone."""
PLACES: list[Any] = [
    lambda value: in_container(env=[{"name": "PASSWORD", "value": value}]),
    lambda value: in_container(env=[{"name": "A]B", "value": value}]),
    lambda value: in_container(env=[{"name": "A].image", "value": value}]),
    lambda value: in_container(env=[{"name": "URL", "valueFrom": value}]),
    lambda value: in_container(args=["serve", value]),
    lambda value: in_container(command=[value]),
    lambda value: in_container(workingDir=value),
    lambda value: in_container(imagePullPolicy=value),
    lambda value: in_container(livenessProbe={"httpGet": {"path": value}}),
    lambda value: in_container(livenessProbe={"httpGet": {"host": value}}),
    lambda value: in_container(livenessProbe={"httpGet": {"httpHeaders": [{"name": "Authorization", "value": value}]}}),
    lambda value: in_container(livenessProbe={"exec": value}),
    lambda value: in_container(lifecycle={"preStop": {"exec": {"command": ["sh", "-c", value]}}}),
    lambda value: in_container(securityContext={"seLinuxOptions": value}),
    lambda value: in_container(newer=value),
    lambda value: in_pod(containers=[{"name": "proxy", "image": "proxy:1", "env": [{"name": "P", "value": value}]}]),
    lambda value: in_pod(initContainers=[{"name": "first", "image": "first:1", "args": [value]}]),
    lambda value: in_pod(volumes=[{"name": "v", "csi": {"driver": "d", "volumeAttributes": {"password": value}}}]),
    lambda value: in_pod(volumes=[{"name": "v", "csi": {"driver": "d", "volumeAttributes": value}}]),
    lambda value: in_pod(volumes=[{"name": "v", "nfs": {"server": "s", "path": value}}]),
    lambda value: in_pod(dnsConfig={"searches": [value]}),
    lambda value: in_pod(hostAliases=[{"ip": "10.0.0.1", "hostnames": [value]}]),
    lambda value: in_pod(nodeSelector={"replicas": value}),
    lambda value: in_pod(restartPolicy=value),
    lambda value: in_pod(newer=value),
]
"""Any value of a podTemplate, also one that the API server would refuse: the plan is made before it is asked."""
FORMS: list[Any] = [
    str,
    "https://user:{0}@host/x".format,
    "https://user:pa/{0}@host".format,
    "https://host/?apikey={0}".format,
    "/healthz?token={0}".format,
    "Bearer {0}".format,
]
TEMPTING = ("value", "port", "replicas", "type", "image", "cpu", "resources", "limits", "data", "spec", "runAsUser")
SECRETS = st.text("qxzjkvw", min_size=8, max_size=40) | st.integers(10**11, 10**12 - 1).map(str)


@st.composite
def planted(draw: st.DrawFn) -> tuple[Any, str]:
    """A value that has a secret somewhere, and the secret."""
    secret = draw(SECRETS)
    value = draw(st.sampled_from(FORMS))(secret)
    leaf = st.just(int(secret)) if secret.isdigit() and draw(st.booleans()) else st.just(value)
    tree = st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=2)
            | st.dictionaries(st.sampled_from(TEMPTING), inner, min_size=1, max_size=2)
        ),
        max_leaves=4,
    )
    return draw(tree), secret


@given(place=st.sampled_from(PLACES), one=planted(), other=planted(), added=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_may_be_secret_in_a_pod_template_is_never_shown(
    make_resource: Any, place: Any, one: tuple[Any, str], other: tuple[Any, str], added: bool
) -> None:
    assume(added or one[1] != other[1])
    plan = planned(make_resource, {} if added else place(one[0]), place(other[0]))
    assert any(step.startswith("update Deployment quiz-api, which replaces its pods (") for step in plan)
    assert not [step for step in plan if one[1] in step or other[1] in step]


@given(place=st.sampled_from(TEXT_PLACES), form=st.sampled_from(FORMS), one=SECRETS, other=SECRETS, added=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_may_be_secret_in_an_annotation_or_a_label_is_never_shown(
    make_resource: Any, place: Any, form: Any, one: str, other: str, added: bool
) -> None:
    assume(added or one != other)
    plan = planned(make_resource, {} if added else place(form(one)), place(form(other)))
    assert any(step.startswith(("update Deployment quiz-api", "update Service quiz-api")) for step in plan)
    assert not [step for step in plan if one in step or other in step]


def with_each_text(value: Any, text: str, path: str = "") -> Iterator[tuple[str, Any]]:
    """The value with the text in the place of each one that it has, and the path of that."""
    if isinstance(value, str):
        yield path, text
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            for found, changed in with_each_text(inner, text, f"{path}.{key}"):
                yield found, {**value, key: changed}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            for found, changed in with_each_text(inner, text, f"{path}[]"):
                yield found, [*value[:place], changed, *value[place + 1 :]]


@pytest.mark.parametrize("form", FORMS)
def test_what_another_writer_put_in_is_never_shown(make_resource: Any, form: Any) -> None:
    secret = "hunter2hunter2"
    for manifest in objects(make_resource(), RELEASE, VERSIONS):
        for path, live in with_each_text(manifest, form(secret)):
            # An image and a setting are shown, where they are of that form.
            is_plain = form is str and (path.endswith(".image") or path.startswith(".data."))
            assert is_plain or secret not in in_words(list(differences(manifest, live)))


def test_what_is_built_no_more_is_told() -> None:
    live = {
        "metadata": {"annotations": {"team": "quiz", "theirs": "x"}},
        "spec": {"containers": [{"name": "a", "tty": True}, {"name": "b"}]},
    }
    wanted = {"metadata": {}, "spec": {"containers": [{"name": "a"}]}}
    ours: dict[str, Any] = {
        "f:metadata": {"f:annotations": {"f:team": {}}},
        "f:spec": {"f:containers": {'k:{"name":"a"}': {".": {}, "f:name": {}, "f:tty": {}}, 'k:{"name":"b"}': {}}},
    }
    assert [difference.path for difference in removed(wanted, live, ours)] == [
        "metadata.annotations",
        "spec.containers[a].tty",
        "spec.containers[b]",
    ]


@given(replicas=st.integers(0, 9), percent=st.integers(0, 100), image=st.sampled_from(["api:1", "api:2"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_field_that_is_told_is_one_that_differs(
    make_resource: Any, replicas: int, percent: int, image: str
) -> None:
    observation = well(make_resource())
    asked = {"api.replicas": replicas, "api.rollout": {"kafkaPercent": percent}, "api.image": image}
    resource = make_resource("minimal", asked)
    changed: Observation = replace(observation, resource=resource)
    changes = make_changes(changed, objects(resource, RELEASE, VERSIONS))
    for change in (*changes.applied, *changes.later):
        is_new_settings = (change.kind, change.reason) == ("ConfigMap", "missing")
        name = (
            next(name for kind, name in observation.objects if kind == "ConfigMap") if is_new_settings else change.name
        )
        live = observation.objects.get((change.kind, name))
        for difference in change.differences:
            assert difference.present != difference.wanted
            assert live is not None
            assert difference.path in {found.path for found in differences(change.manifest, live)}
