"""Changed settings on a real API server: pods of the old template keep what they read, and what nobody reads goes."""

import json

import pytest
from httpx2 import HTTPStatusError
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import RESOURCE, Body, Kube, eventually

from ingestor_operator.crd.definition import MAX_NAME
from ingestor_operator.manifests.config_map import config_map_name
from ingestor_operator.model.resource import parse

pytestmark = pytest.mark.usefixtures("operator")


def installed(kube: Kube, make: MakeResource) -> str:
    """Name of an installation that is ready, whose Deployments have their first revisions."""
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    make_revisions(kube, name)
    return name


def make_revisions(kube: Kube, name: str) -> list[str]:
    return [kube.make_revision(f"{name}-{component}") for component in ("api", "consumer")]


def await_other_settings(kube: Kube, name: str, before: str) -> str:
    """Name of the ConfigMap that the Deployments read instead of the one before."""

    def look() -> str:
        found = {read_by(kube, "Deployment", f"{name}-{component}") for component in ("api", "consumer")}
        assert before not in found
        (one,) = found
        return one

    return eventually(look)


def read_by(kube: Kube, kind: str, name: str) -> str:
    (source,) = kube.get("apps/v1", kind, name)["spec"]["template"]["spec"]["containers"][0]["envFrom"]
    found: str = source["configMapRef"]["name"]
    return found


def run_pods(kube: Kube, name: str) -> None:
    kube.run_pods(f"{name}-api")
    kube.run_pods(f"{name}-consumer")
    kube.await_condition(name, "Ready", "AllReady")


def test_the_old_template_keeps_its_settings_until_no_revision_has_them(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = installed(kube, make)
    first, old = kube.config_map(name), make_revisions(kube, name)
    content = kube.get("v1", "ConfigMap", first)
    assert content["immutable"] is True
    job = kube.job(name)
    kube.change(name, {"api": {"rollout": {"kafkaPercent": 50}}})
    second = await_other_settings(kube, name, first)
    make_revisions(kube, name)
    # What a pod of the old ReplicaSets reads when it restarts.
    assert {read_by(kube, "ReplicaSet", revision) for revision in old} == {first}
    place.await_looks(name, 3)
    assert kube.get("v1", "ConfigMap", first) == content
    assert kube.get("v1", "ConfigMap", second)["data"]["KAFKA_ROLLOUT_PERCENT"] == "50"
    run_pods(kube, name)
    place.await_looks(name, 2)
    assert kube.config_maps(name) == {first, second}
    assert kube.job(name) == job
    for revision in old:
        kube.delete("apps/v1", "ReplicaSet", revision)
    # As the Deployment's status changes when its controller has tidied up.
    kube.run_pods(f"{name}-api", ready=1)
    eventually(lambda: kube.config_maps(name) == {second})
    run_pods(kube, name)
    events = [event["message"] for event in kube.events(name) if event["reason"] == "Deleted"]
    assert events == [f"Deleted ConfigMap {first}, which is not needed any more."]
    # The rounds that have seen the last change write of it.
    place.await_looks(name, 3)
    writes = place.server.writes(place.user, name)
    place.await_looks(name, 2)
    assert place.server.writes(place.user, name) == writes


def test_a_rollback_finds_the_settings_of_its_revision(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = installed(kube, make)
    first = kube.config_map(name)
    kube.change(name, {"api": {"rollout": {"fallback": "None"}}})
    second = await_other_settings(kube, name, first)
    make_revisions(kube, name)
    run_pods(kube, name)
    kube.change(name, {"paused": True})
    eventually(lambda: kube.resource(name)["status"].get("paused"))
    place.kubectl("rollout", "undo", f"deployment/{name}-api")
    assert kube.config_map(name) == first
    assert kube.get("v1", "ConfigMap", first)["data"]["KAFKA_FALLBACK"] == "direct"
    # Taken back in the spec too, nothing is left to do for the API, and the consumers follow.
    kube.change(name, {"paused": False, "api": {"rollout": None}})
    assert await_other_settings(kube, name, second) == first
    assert kube.config_maps(name) == {first, second}


def test_a_rollout_that_is_stopped_at_its_first_pod_leaves_the_others_what_they_read(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = installed(kube, make)
    known = [kube.config_map(name)]
    content = kube.get("v1", "ConfigMap", known[0])
    for number in range(3):
        kube.change(name, {"api": {"rollout": {"kafkaPercent": number}}})
        known.append(await_other_settings(kube, name, known[-1]))
        make_revisions(kube, name)
    place.await_looks(name, 2)
    assert kube.config_maps(name) == set(known)
    assert kube.get("v1", "ConfigMap", known[0]) == content


def test_one_that_is_deleted_or_made_otherwise_by_hand_comes_back(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = installed(kube, make)
    config = kube.config_map(name)
    content = kube.get("v1", "ConfigMap", config)
    kube.delete("v1", "ConfigMap", config)
    eventually(lambda: kube.find("v1", "ConfigMap", config))
    assert kube.get("v1", "ConfigMap", config)["data"] == content["data"]
    with pytest.raises(HTTPStatusError, match="immutable"):
        kube.patch("v1", "ConfigMap", config, {"data": {"KAFKA_TOPIC": "theirs"}})
    by_hand: Body = kube.get("v1", "ConfigMap", config)
    by_hand["metadata"] = {
        key: by_hand["metadata"][key] for key in ("name", "namespace", "labels", "annotations", "ownerReferences")
    }
    by_hand["data"]["KAFKA_TOPIC"] = "theirs"
    while True:
        # The operator may be faster.
        kube.delete("v1", "ConfigMap", config)
        try:
            kube.create(by_hand)
            break
        except HTTPStatusError:
            continue
    eventually(lambda: kube.get("v1", "ConfigMap", config)["data"] == content["data"])
    eventually(lambda: "DriftCorrected" in kube.event_reasons(name))


def test_that_of_a_release_with_a_fixed_name_stays_until_nobody_refers_to_it(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = installed(kube, make)
    fixed, old = f"{name}-config", [f"{name}-api", f"{name}-consumer"]
    kube.change(name, {"paused": True})
    eventually(lambda: kube.resource(name)["status"].get("paused"))
    of_before(kube, name, fixed)
    revisions = make_revisions(kube, name)
    kube.change(name, {"paused": False, "api": {"image": "newer/api:2"}, "consumer": {"image": "newer/consumer:2"}})
    kube.await_condition(name, "APIReady", "WaitsForMigration")
    place.await_looks(name, 2)
    # The pods have the image of before, and go on with the settings of before.
    assert {read_by(kube, "Deployment", deployment) for deployment in old} == {kube.config_map(name)}
    assert kube.find("v1", "ConfigMap", fixed)
    kube.finish_job(name)
    kube.await_condition(name, "APIReady", "RollingOut")
    make_revisions(kube, name)
    run_pods(kube, name)
    place.await_looks(name, 2)
    assert kube.find("v1", "ConfigMap", fixed)
    for revision in revisions:
        kube.delete("apps/v1", "ReplicaSet", revision)
    kube.run_pods(f"{name}-api", ready=1)
    eventually(lambda: kube.find("v1", "ConfigMap", fixed) is None)
    run_pods(kube, name)


def of_before(kube: Kube, name: str, fixed: str) -> None:
    """Let the Deployments read a ConfigMap of the fixed name, as an older release applied them."""
    config = kube.get("v1", "ConfigMap", kube.config_map(name))
    metadata = {key: config["metadata"][key] for key in ("namespace", "labels", "annotations", "ownerReferences")}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata | {"name": fixed}, "data": config["data"]}
    kube.create(body)
    for component in ("api", "consumer"):
        deployment = kube.get("apps/v1", "Deployment", f"{name}-{component}")
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        container["envFrom"] = [{"configMapRef": {"name": fixed}}]
        change = {"spec": {"template": {"spec": {"containers": [container]}}}}
        marks = {"metadata": {"annotations": {"ingestor.dev/applied": "older", "ingestor.dev/request-checksum": None}}}
        kube.patch("apps/v1", "Deployment", f"{name}-{component}", change | marks)


def test_two_resources_of_one_namespace_leave_each_others_settings_alone(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    one, other = installed(kube, make), installed(kube, make)
    before = kube.config_maps(other)
    first = kube.config_map(one)
    kube.change(one, {"api": {"rollout": {"kafkaPercent": 5}}})
    second = await_other_settings(kube, one, first)
    for revision in kube.names("apps/v1", "ReplicaSet"):
        if revision.startswith(one):
            kube.delete("apps/v1", "ReplicaSet", revision)
    kube.run_pods(f"{one}-api")
    eventually(lambda: kube.config_maps(one) == {second})
    place.await_looks(other, 2)
    assert kube.config_maps(other) == before


def test_the_longest_name_of_a_resource_has_settings(kube: Kube, make: MakeResource) -> None:
    name = "q" + "x" * (MAX_NAME - 1)
    make(name=name)
    eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-api"))
    assert kube.find("v1", "ConfigMap", kube.config_map(name))
    kube.delete(RESOURCE, "IngestorDeployment", name)


def test_pods_do_not_get_settings_of_somebody_else(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = installed(kube, make)
    first, body = kube.config_map(name), kube.resource(name)
    asked = {"api": {"rollout": {"kafkaPercent": 9}}}
    # Its name can be worked out by anybody.
    theirs = config_map_name(parse(body | {"spec": body["spec"] | {"api": body["spec"].get("api", {}) | asked["api"]}}))
    data = {"KAFKA_BROKERS": "theirs:9092"}
    kube.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": theirs}, "data": data})
    kube.change(name, asked)
    condition = kube.await_condition(name, "Ready", "NameTaken")
    assert f"ConfigMap {theirs} exists and belongs to something else" in condition["message"]
    place.await_looks(name, 2)
    assert {read_by(kube, "Deployment", f"{name}-{component}") for component in ("api", "consumer")} == {first}
    assert kube.get("v1", "ConfigMap", theirs)["data"] == data
    kube.delete("v1", "ConfigMap", theirs)
    assert await_other_settings(kube, name, first) == theirs
    assert kube.get("v1", "ConfigMap", theirs)["data"]["KAFKA_ROLLOUT_PERCENT"] == "9"


def test_pods_do_not_get_settings_that_a_quota_refuses(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = installed(kube, make)
    first, most = kube.config_map(name), {"count/configmaps": "1"}
    place.kubectl("create", "quota", "few", "--hard=count/configmaps=1")
    # As its controller counts, which does not run here.
    status = json.dumps({"status": {"hard": most, "used": most}})
    place.kubectl("patch", "quota", "few", "--subresource=status", "--type=merge", "--patch", status)

    def asks_in_vain() -> bool:
        kube.change(name, {"api": {"rollout": {"kafkaPercent": next(percents)}}})
        condition = kube.await_condition(name, "Ready", "ApplyFailed", 5)
        assert "exceeded quota: few" in condition["message"]
        return "Role" not in condition["message"]

    percents = iter(range(1, 100))
    # The API server may not have seen the quota yet when it is first asked.
    eventually(asks_in_vain)
    before = read_by(kube, "Deployment", f"{name}-api")
    place.await_looks(name, 2)
    assert read_by(kube, "Deployment", f"{name}-api") == read_by(kube, "Deployment", f"{name}-consumer") == before
    assert kube.find("v1", "ConfigMap", before)
    place.kubectl("delete", "quota", "few")
    assert await_other_settings(kube, name, before) != first


def test_a_setting_that_somebody_has_added_goes(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = installed(kube, make)
    config = kube.config_map(name)
    ours = kube.get("v1", "ConfigMap", config)
    kept = {key: ours["metadata"][key] for key in ("name", "labels", "annotations", "ownerReferences")}
    theirs = ours | {"metadata": kept, "data": ours["data"] | {"JWT_UNCHECKED_CLAIMS": "exp"}}
    kube.change(name, {"paused": True})
    eventually(lambda: kube.resource(name)["status"].get("paused"))
    kube.delete("v1", "ConfigMap", config)
    kube.create(theirs)
    kube.change(name, {"paused": False})
    eventually(lambda: kube.get("v1", "ConfigMap", config)["data"] == ours["data"])
