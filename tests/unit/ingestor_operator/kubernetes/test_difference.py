"""What has to be written, and what is left alone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.kubernetes.difference import change, first_difference, obsolete
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
    manifest = built(a="1")
    assert change(manifest, live(manifest, other="theirs")) is None


def test_named_items_are_compared_by_name() -> None:
    wanted = {"env": [{"name": "A", "value": "1"}]}
    seen = {"env": [{"name": "INJECTED"}, {"name": "A", "value": "1", "added": True}]}
    assert first_difference(wanted, seen) is None
    assert first_difference(wanted, {"env": [{"name": "A", "value": "2"}]}) == "env[A].value"


def test_quantities_that_the_server_rewrote_are_the_same() -> None:
    assert first_difference({"cpu": "0.5", "memory": "1024Mi"}, {"cpu": "500m", "memory": "1Gi"}) is None
    assert first_difference({"cpu": "0.5"}, {"cpu": "400m"}) == "cpu"


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
