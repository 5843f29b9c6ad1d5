"""Each content of the settings has a ConfigMap of its own, whose name is the same whoever builds it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.crd.definition import MAX_NAME
from ingestor_operator.manifests.config_map import config_map, config_map_name, named_config_maps
from ingestor_operator.manifests.manifest import Release
from ingestor_operator.manifests.objects import objects

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("api.rollout.kafkaPercent", 25),
        ("api.rollout.fallback", "None"),
        ("kafka.bootstrapServers", "other:9092"),
        ("auth.issuer", "https://a"),
    ],
)
def test_another_content_has_another_name_and_the_same_one_the_same(make_resource: Any, field: str, value: Any) -> None:
    before, after = config_map(make_resource()), config_map(make_resource("minimal", {field: value}))
    assert before["data"] != after["data"]
    assert before["metadata"]["name"] != after["metadata"]["name"]
    assert config_map(make_resource()) == before
    for unread in ({"api.replicas": 5}, {"api.image": "other:2"}, {"consumer.replicas": {"pinned": 2}}):
        assert config_map(make_resource("minimal", unread))["metadata"]["name"] == before["metadata"]["name"]


def test_its_content_is_not_changed_by_anybody(make_resource: Any) -> None:
    assert config_map(make_resource())["immutable"] is True


def test_two_resources_of_one_namespace_have_two_also_where_their_settings_are_the_same(make_resource: Any) -> None:
    names = {config_map_name(make_resource(name=name)) for name in ("quiz", "quiz-config", "quiz-config-0123abcd")}
    assert len(names) == 3


def test_the_longest_name_of_a_resource_leaves_room(make_resource: Any) -> None:
    resource = make_resource(name="q" * MAX_NAME)
    for manifest in objects(resource, Release("a", "c"), {}):
        assert len(manifest["metadata"]["name"]) <= 63


@given(NAMES, NAMES, NAMES, NAMES)
def test_whatever_a_pod_reads_of_a_config_map_names_it(a: str, b: str, c: str, d: str) -> None:
    variable = {"name": "V", "valueFrom": {"configMapKeyRef": {"name": b, "key": "k"}}}
    pod = {
        "initContainers": [{"name": "i", "env": [variable]}],
        "containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "x"}}, {"configMapRef": {"name": a}}]}],
        "volumes": [
            {"name": "v", "configMap": {"name": c}},
            {"name": "w", "projected": {"sources": [{"configMap": {"name": d}}, {"secret": {"name": "y"}}]}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }  # fmt: skip
    assert set(named_config_maps(pod)) == {a, b, c, d}
    assert set(named_config_maps({"template": {"spec": pod}})) == {a, b, c, d}


def test_a_pod_template_names_the_settings_without_their_digest(make_resource: Any) -> None:
    more = [{"configMapRef": {"name": "quiz-config"}}, {"configMapRef": {"name": "more"}}]
    overlay = {"spec": {"containers": [{"name": "api", "envFrom": more}]}}
    resource = make_resource("minimal", {"api.podTemplate": overlay})
    (api,) = [
        manifest
        for manifest in objects(resource, Release("a", "c"), {})
        if (manifest["kind"], manifest["metadata"]["name"]) == ("Deployment", "quiz-api")
    ]
    (container,) = api["spec"]["template"]["spec"]["containers"]
    assert [source["configMapRef"]["name"] for source in container["envFrom"]] == [config_map_name(resource), "more"]
    assert resource.spec.api.pod_template == overlay
