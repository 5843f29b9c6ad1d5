"""What has to be written, and what is left alone."""

from typing import Any

import pytest
from first_difference import first_difference
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.kubernetes.difference import change, obsolete
from ingestor_operator.manifests.manifest import Manifest, digested

JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def built(**data: Any) -> Manifest:
    return digested({"kind": "ConfigMap", "metadata": {"name": "a", "labels": {"x": "y"}}, "data": data})


def live(manifest: Manifest, **data: Any) -> Manifest:
    return manifest | {"data": manifest["data"] | data}


def test_a_missing_object_is_created() -> None:
    found = change(built(a="1"), None)
    assert found is not None
    assert found.reason == "missing"


def test_an_object_as_it_was_built_is_not_written() -> None:
    assert change(built(a="1"), built(a="1")) is None


def test_a_field_that_is_built_no_more_is_noticed() -> None:
    found = change(built(a="1"), built(a="1", b="2"))
    assert found is not None
    assert found.reason == "changed"


def test_a_field_changed_by_hand_is_drift_and_named() -> None:
    manifest = built(a="1")
    found = change(manifest, live(manifest, a="2"))
    assert found is not None
    assert (found.reason, found.path) == ("drifted", "data.a")


def test_fields_of_others_are_left_alone() -> None:
    manifest = deployment(replicas=1)
    assert change(manifest, manifest | {"spec": manifest["spec"] | {"other": "theirs"}}) is None


def test_a_setting_that_somebody_has_added_is_drift() -> None:
    manifest = built(a="1")
    found = change(manifest, live(manifest, other="theirs"))
    assert found is not None
    assert (found.reason, found.path) == ("drifted", "data")


@pytest.mark.parametrize("name", ["selector", "matchLabels", "nodeSelector", "secretKeyRef", "configMapKeyRef"])
def test_a_key_added_to_a_map_that_is_one_value_is_drift(name: str) -> None:
    """A Service whose selector somebody has added to has no endpoints."""
    wanted = {"spec": {name: {"app": "quiz"}}}
    assert first_difference(wanted, {"spec": {name: {"app": "quiz", "canary": "yes"}}}) == f"spec.{name}"
    assert first_difference(wanted, {"spec": {name: {"app": "quiz"}, "other": {"canary": "yes"}}}) is None


@pytest.mark.parametrize("name", ["options", "httpHeaders"])
def test_an_item_added_to_a_list_that_is_one_value_is_drift(name: str) -> None:
    wanted = {name: [{"name": "ndots", "value": "1"}]}
    live = {name: [*wanted[name], {"name": "timeout", "value": "30"}]}
    assert first_difference(wanted, wanted) is None
    assert first_difference(wanted, live) == name


def test_named_items_are_compared_by_name() -> None:
    wanted = {"env": [{"name": "A", "value": "1"}]}
    seen = {"env": [{"name": "INJECTED"}, {"name": "A", "value": "1", "added": True}]}
    assert first_difference(wanted, seen) is None
    assert first_difference(wanted, {"env": [{"name": "A", "value": "2"}]}) == "env[A].value"


def test_quantities_that_the_server_rewrote_are_the_same() -> None:
    for field in ("resources", "overhead"):
        path = f"spec.template.spec.{field}"
        assert first_difference({"cpu": "0.5", "memory": "1024Mi"}, {"cpu": "500m", "memory": "1Gi"}, path) is None
        assert first_difference({"cpu": "0.5"}, {"cpu": "400m"}, path) == f"{path}.cpu"
    assert first_difference({"sizeLimit": "1024Mi"}, {"sizeLimit": "1Gi"}, "spec.volumes[a].emptyDir") is None


@pytest.mark.parametrize("path", ["data", "metadata.labels", "spec.template.spec.containers[api].env[ACCOUNT].value"])
@pytest.mark.parametrize(("wanted", "found"), [("1000", "1k"), ("0017", "17"), ("1.0", "1"), ("3", "٣")])
def test_texts_that_look_like_quantities_are_texts(path: str, wanted: str, found: str) -> None:
    assert first_difference({"field": wanted}, {"field": found}, path) == f"{path}.field"


def applied(manifest: Manifest, fields: dict[str, Any]) -> Manifest:
    """The manifest as it is stored, with the fields that nobody has changed since it was applied."""
    entry = {"manager": "ingestor-operator", "operation": "Apply", "fieldsV1": {"f:spec": fields}}
    others = {"manager": "tester", "operation": "Update", "fieldsV1": {"f:spec": {"f:hostNetwork": {}}}}
    return manifest | {"metadata": manifest["metadata"] | {"managedFields": [others, entry]}}


def deployment(**spec: Any) -> Manifest:
    return digested({"kind": "Deployment", "metadata": {"name": "a"}, "spec": spec})


def test_what_the_server_does_not_store_is_no_drift_while_it_is_ours() -> None:
    wanted = deployment(hostNetwork=False, minReadySeconds=0)
    stored = wanted | {"spec": {}}
    assert change(wanted, applied(stored, {"f:hostNetwork": {}, "f:minReadySeconds": {}})) is None
    found = change(wanted, applied(stored, {"f:hostNetwork": {}}))
    assert found is not None
    assert found.path == "spec.minReadySeconds"


def test_a_false_that_another_writer_took_away_is_drift() -> None:
    wanted = deployment(automountServiceAccountToken=False)
    found = change(wanted, applied(wanted | {"spec": {}}, {"f:replicas": {}}))
    assert found is not None
    assert found.path == "spec.automountServiceAccountToken"


def test_items_are_ours_by_the_keys_that_the_server_knows_them_by() -> None:
    container = {"name": "c", "tty": False, "ports": [{"containerPort": 80, "hostPort": 0}]}
    wanted = deployment(containers=[container])
    stored = wanted | {"spec": {"containers": [{"name": "c", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}}
    port: dict[str, Any] = {'k:{"containerPort":80,"protocol":"TCP"}': {"f:hostPort": {}}}
    ours = {"f:containers": {'k:{"name":"c"}': {"f:tty": {}, "f:ports": port}}}
    assert change(wanted, applied(stored, ours)) is None
    foreign = {"f:containers": {'k:{"name":"d"}': {"f:tty": {}, "f:ports": port}}}
    found = change(wanted, applied(stored, foreign))
    assert found is not None
    assert found.path == "spec.containers[c].tty"


def test_a_value_that_is_there_and_another_is_drift_whoever_it_belongs_to() -> None:
    wanted = deployment(hostNetwork=False)
    found = change(wanted, applied(wanted | {"spec": {"hostNetwork": True}}, {"f:hostNetwork": {}}))
    assert found is not None


@given(JSON)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert first_difference(value, value) is None


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3), st.dictionaries(st.text(min_size=4), JSON))
def test_added_keys_never_count_as_drift(wanted: dict[str, Any], added: dict[str, Any]) -> None:
    assert first_difference(wanted, wanted | added) is None


def test_only_own_objects_become_obsolete() -> None:
    def job(name: str, uid: str) -> Manifest:
        return {"kind": "Job", "metadata": {"name": name, "ownerReferences": [{"uid": uid, "controller": True}]}}

    seen = [job("old", "mine"), job("new", "mine"), job("foreign", "theirs")]
    assert obsolete(seen, [job("new", "mine")], "mine") == [job("old", "mine")]


LISTS: list[tuple[str, list[dict[str, Any]], str]] = [
    # Field, items that Kubernetes tells apart, and a field of them that is no key.
    (
        "volumeMounts",
        [{"name": "v", "mountPath": "/a", "subPath": "x"}, {"name": "v", "mountPath": "/b", "subPath": "y"}],
        "subPath",
    ),
    ("volumeDevices", [{"name": "v", "devicePath": "/dev/a"}, {"name": "v", "devicePath": "/dev/b"}], "name"),
    (
        "ports",
        [
            {"name": "dns", "containerPort": 53, "protocol": "UDP", "hostIP": "a"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP", "hostIP": "b"},
            {"containerPort": 80, "protocol": "TCP", "hostIP": "c"},
        ],
        "hostIP",
    ),
    (
        "ports",
        [{"port": 80, "protocol": "TCP", "nodePort": 1}, {"port": 80, "protocol": "UDP", "nodePort": 2}],
        "nodePort",
    ),
    ("hostAliases", [{"ip": "10.0.0.1", "hostnames": ["a"]}, {"ip": "10.0.0.2", "hostnames": ["b"]}], "hostnames"),
    (
        "topologySpreadConstraints",
        [
            {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1},
            {"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 2},
        ],
        "maxSkew",
    ),
    ("env", [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "A", "value": "3"}], "value"),
    ("containers", [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}], "image"),
]


@pytest.mark.parametrize(("field", "listed", "other"), LISTS)
def test_items_are_compared_by_the_key_that_kubernetes_knows_them_by(
    field: str, listed: list[dict[str, Any]], other: str
) -> None:
    added = {key: f"{value}9" if isinstance(value, str) else value for key, value in listed[-1].items()}
    assert first_difference({field: listed}, {field: listed}) is None
    if field != "env":  # of those with one name, the last one counts
        assert first_difference({field: listed}, {field: [added, *reversed(listed)]}) is None
    for number, item in enumerate(listed):
        altered = [*listed[:number], item | {other: "changed"}, *listed[number + 1 :]]
        found = first_difference({field: listed}, {field: altered})
        assert found is not None
        assert found.startswith(f"{field}[")
        assert f"].{other}" in found
        gone = listed[:number] + listed[number + 1 :]
        assert first_difference({field: listed}, {field: gone}) is not None


@given(st.permutations(["/a", "/b", "/c/d.e"]), st.lists(st.sampled_from(["v", "w"]), min_size=3, max_size=3))
def test_mounts_are_the_same_in_any_order(paths: list[str], volumes: list[str]) -> None:
    wanted = [{"name": volume, "mountPath": path} for volume, path in zip(volumes, sorted(paths), strict=True)]
    seen = sorted(wanted, key=lambda mount: paths.index(mount["mountPath"]))
    assert first_difference({"volumeMounts": wanted}, {"volumeMounts": seen}) is None


def test_a_port_without_a_protocol_is_the_one_that_the_server_filled_in() -> None:
    wanted = deployment(containers=[{"name": "c", "ports": [{"containerPort": 53, "hostPort": 0}]}])
    ports = [{"containerPort": 53, "protocol": "UDP", "hostPort": 5}, {"containerPort": 53, "protocol": "TCP"}]
    stored = wanted | {"spec": {"containers": [{"name": "c", "ports": ports}]}}
    fields: dict[str, Any] = {
        'k:{"containerPort":53,"protocol":"UDP"}': {},
        'k:{"containerPort":53,"protocol":"TCP"}': {"f:hostPort": {}},
    }
    assert change(wanted, applied(stored, {"f:containers": {'k:{"name":"c"}': {"f:ports": fields}}})) is None


@given(JSON, JSON, st.sampled_from(["ports", "volumeMounts", "env", "topologySpreadConstraints"]))
def test_items_of_any_form_are_compared(wanted: Any, seen: Any, field: str) -> None:
    first_difference({field: wanted}, {field: seen})
    assert first_difference({field: [wanted]}, {field: [wanted]}) is None
