"""An IngestorDeployment becomes its objects, and stays as it was asked for."""

import itertools
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka.admin import AdminClient
from httpx2 import HTTPStatusError
from integration.operator.broker import topics
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually

from ingestor_operator.run.options import VERSION

pytestmark = pytest.mark.usefixtures("operator")

OWNED = {
    ("v1", "ServiceAccount"): {"{}-api", "{}-consumer"},
    ("v1", "Service"): {"{}-api"},
    ("apps/v1", "Deployment"): {"{}-api", "{}-consumer"},
    ("policy/v1", "PodDisruptionBudget"): {"{}-api", "{}-consumer"},
}


def test_the_minimal_sample_becomes_exactly_its_objects_and_topics(
    place: Tenant, kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    assert topics(kafka_admin, name) == {name, f"{name}.dlq"}
    job = kube.job(name)
    expected = OWNED | {("v1", "ConfigMap"): {kube.config_map(name)}}
    for (api_version, kind), patterns in expected.items():
        found = {item for item in kube.names(api_version, kind) if item.startswith(name)}
        assert found == {pattern.format(name) for pattern in patterns}
    owners = [
        kube.get(api_version, kind, pattern.format(name))["metadata"]["ownerReferences"]
        for (api_version, kind), patterns in expected.items()
        for pattern in patterns
    ] + [kube.get("batch/v1", "Job", job)["metadata"]["ownerReferences"]]
    uid = kube.resource(name)["metadata"]["uid"]
    assert [[owner["uid"] for owner in references] for references in owners] == [[uid]] * 9
    # Also of kinds that are not listed here nothing was made.
    made = {(write.resource, write.name) for write in place.server.writes(place.user, name) if write.verb != "delete"}
    assert {resource for resource, _ in made} - {"events", "ingestordeployments"} == {
        "configmaps", "serviceaccounts", "services", "deployments", "poddisruptionbudgets", "jobs",
    }  # fmt: skip


def test_it_is_ready_once_its_database_is_migrated_and_its_pods_run(kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.await_condition(name, "Ready", "Migrating")
    kube.bring_up(name)
    condition = kube.await_condition(name, "Ready", "AllReady")
    assert condition["status"] == "True"
    status = kube.resource(name)["status"]
    assert (status["replicas"], status["consumer"]["ready"], status["consumer"]["lag"]) == (1, 1, 0)
    assert status["topic"]["partitions"] == 3
    assert f"app.kubernetes.io/instance={name}" in status["selector"]


def test_kubectl_get_and_describe_read_well(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.await_condition(name, "Ready", "Migrating")
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    header, row = place.kubectl("get", "ingd", name).splitlines()
    assert header.split() == ["NAME", "READY", "REASON", "PAUSED", "PARTITIONS", "REPLICAS", "PINNED", "LAG", "AGE"]
    # Nothing is pinned: that column is empty.
    assert row.split()[:7] == [name, "True", "AllReady", "false", "3", "1", "0"]
    wide = place.kubectl("get", "ingd", name, "--output=wide").split()
    assert {f"{name}-api.{place.name}.svc:80", VERSION, "Enforce"} <= set(wide)
    status = kube.resource(name)["status"]
    assert (status["api"]["replicas"], status["api"]["ready"]) == (2, 2)
    assert status["api"]["image"] == f"analytics-ingestor/api:{VERSION}"
    assert status["consumer"]["image"] == f"analytics-ingestor/consumer:{VERSION}"
    place.kubectl("scale", "ingd", name, "--replicas=2")
    eventually(lambda: place.kubectl("get", "ingd", name, "--no-headers").split()[6] == "2")
    text = place.kubectl("describe", "ingd", name)
    assert f"Created topic {name} with 3 partitions." in text
    assert "Topics, database, API and consumers are ready." in text


def test_a_second_reconcile_writes_nothing(place: Tenant, kube: Kube, make: MakeResource) -> None:
    # The API server stores none of these as they are written, and knows items of these lists by other fields than name.
    mounts = [{"name": "data", "mountPath": path, "readOnly": False} for path in ("/a", "/b")]
    ports = [{"name": f"dns-{kind.lower()}", "containerPort": 53, "protocol": kind} for kind in ("UDP", "TCP")]
    api = {"name": "api", "tty": False, "volumeMounts": mounts, "ports": ports}
    aliases = [{"ip": f"10.0.0.{number}", "hostnames": ["a"]} for number in (2, 1)]
    spread = [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": otherwise}
        for otherwise in ("ScheduleAnyway", "DoNotSchedule")
    ]
    volumes = [{"name": "data", "emptyDir": {}}]
    shape = {"hostNetwork": False, "hostAliases": aliases, "topologySpreadConstraints": spread, "volumes": volumes}
    pods = {"spec": shape | {"containers": [api]}}
    resources = {"requests": {"cpu": "0.5", "memory": "1024Mi"}}
    name = make({"api": {"resources": resources, "podTemplate": pods}})
    kube.await_condition(name, "Ready", "Migrating")
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    place.await_looks(name, 3)
    before = place.server.writes(place.user, name)
    place.await_looks(name, 3)
    assert place.server.writes(place.user, name) == before
    assert kube.resource(name)["status"]["observedGeneration"] == kube.resource(name)["metadata"]["generation"]


def test_another_image_waits_for_its_migration(kube: Kube, make: MakeResource) -> None:
    name = make({"api": {"image": "ingestor/api:1"}})
    kube.await_condition(name, "Ready", "Migrating")
    first = kube.job(name)
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    kube.change(name, {"api": {"image": "ingestor/api:2"}})
    kube.await_condition(name, "APIReady", "WaitsForMigration")
    image = kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "ingestor/api:1"
    assert eventually(lambda: kube.job(name)) != first
    kube.finish_job(name)
    kube.await_condition(name, "APIReady", "RollingOut")
    kube.run_pods(f"{name}-api")
    kube.await_condition(name, "Ready", "AllReady")


def test_drift_is_put_back_and_fields_of_others_are_left_alone(kube: Kube, make: MakeResource) -> None:
    name = make()
    deployment = f"{name}-api"
    eventually(lambda: kube.find("apps/v1", "Deployment", deployment))
    kube.patch(
        "apps/v1",
        "Deployment",
        deployment,
        {"metadata": {"annotations": {"team": "maths"}}, "spec": {"replicas": 7, "minReadySeconds": 5}},
        manager="somebody",
    )
    kube.patch("v1", "Service", deployment, {"metadata": {"labels": {LABEL: "wrong", "theirs": "1"}}}, "somebody")

    def put_back() -> bool:
        spec = kube.get("apps/v1", "Deployment", deployment)["spec"]
        return (spec["replicas"], labels(kube, deployment)[LABEL]) == (2, "analytics-ingestor")

    eventually(put_back)
    body = kube.get("apps/v1", "Deployment", deployment)
    assert body["metadata"]["annotations"]["team"] == "maths"
    assert body["spec"]["minReadySeconds"] == 5
    assert labels(kube, deployment)["theirs"] == "1"
    eventually(lambda: "DriftCorrected" in kube.event_reasons(name))


LABEL = "app.kubernetes.io/name"


def labels(kube: Kube, service: str) -> Body:
    found: Body = kube.get("v1", "Service", service)["metadata"]["labels"]
    return found


def test_what_another_writer_took_away_is_put_back(kube: Kube, make: MakeResource) -> None:
    name = make()
    deployment = f"{name}-api"

    def pods() -> Body:
        spec: Body = kube.get("apps/v1", "Deployment", deployment)["spec"]["template"]["spec"]
        return spec

    eventually(lambda: kube.find("apps/v1", "Deployment", deployment))
    assert pods()["automountServiceAccountToken"] is False
    taken: Body = {"spec": {"template": {"spec": {"automountServiceAccountToken": None}}}}
    assert (
        "automountServiceAccountToken"
        not in kube.patch("apps/v1", "Deployment", deployment, taken)["spec"]["template"]["spec"]
    )
    eventually(lambda: pods().get("automountServiceAccountToken") is False)


OPTION, HEADER = {"name": "ndots", "value": "1"}, {"name": "Accept", "value": "*/*"}
ONE_VALUE: list[tuple[str, Body]] = [
    ("an option", {"dnsConfig": {"options": [OPTION, {"name": "timeout", "value": "30"}]}}),
    (
        "a header",
        {
            "containers": [
                {
                    "name": "api",
                    "livenessProbe": {"httpGet": {"httpHeaders": [HEADER, {"name": "X-Theirs", "value": "1"}]}},
                }
            ]
        },
    ),
    (
        "an optional Secret",
        {
            "containers": [
                {
                    "name": "api",
                    "env": [{"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"optional": True}}}],
                }
            ]
        },
    ),
]


@pytest.mark.parametrize("theirs", [theirs for _, theirs in ONE_VALUE], ids=[what for what, _ in ONE_VALUE])
def test_what_another_writer_added_to_one_value_is_put_back_once(
    place: Tenant, kube: Kube, make: MakeResource, theirs: Body
) -> None:
    probe = {"livenessProbe": {"httpGet": {"httpHeaders": [HEADER]}}}
    pods = {"dnsConfig": {"options": [OPTION]}, "containers": [{"name": "api"} | probe]}
    name = make({"api": {"podTemplate": {"spec": pods}}})
    deployment = f"{name}-api"
    eventually(lambda: kube.find("apps/v1", "Deployment", deployment))
    built = kube.get("apps/v1", "Deployment", deployment)["spec"]["template"]["spec"]
    place.await_looks(name, 3)
    assert "DriftCorrected" not in kube.event_reasons(name)
    patch = json.dumps({"spec": {"template": {"spec": theirs}}})
    place.kubectl("patch", f"deployment/{deployment}", "--type=strategic", "-p", patch)
    eventually(lambda: kube.get("apps/v1", "Deployment", deployment)["spec"]["template"]["spec"] == built)
    place.await_looks(name, 3)
    assert [event["count"] for event in kube.events(name) if event["reason"] == "DriftCorrected"] == [1]


def test_drift_that_comes_back_at_once_is_put_back_less_and_less_often(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = make({"consumer": {"autoscaling": {"intervalSeconds": 60}}})
    api = f"{name}-api"
    eventually(lambda: kube.find("v1", "Service", api) and kube.find("apps/v1", "Deployment", api))

    def corrections() -> int:
        return sum(event["count"] for event in kube.events(name) if event["reason"] == "DriftCorrected")

    news = itertools.count(11)
    ends = time.monotonic() + 12
    while time.monotonic() < ends:
        if labels(kube, api)[LABEL] != "theirs":
            kube.patch("v1", "Service", api, {"metadata": {"labels": {LABEL: "theirs"}}})
            # A Service is not watched; what is watched wakes the operator.
            kube.patch("apps/v1", "Deployment", api, {"spec": {"revisionHistoryLimit": next(news)}})
        time.sleep(0.1)
    # At 0, 1, 3 and 7 seconds; without patience it is several a second.
    assert 2 <= corrections() <= 5


def test_a_deleted_object_comes_back(kube: Kube, make: MakeResource) -> None:
    name = make()
    eventually(lambda: kube.find("v1", "Service", f"{name}-api"))
    kube.delete("v1", "Service", f"{name}-api")
    eventually(lambda: kube.find("v1", "Service", f"{name}-api"))


def test_an_object_of_somebody_else_is_never_taken_over(kube: Kube, make: MakeResource) -> None:
    name = make({"paused": True})
    theirs = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": f"{name}-api", "namespace": kube.namespace, "annotations": {"mine": "yes"}},
    }
    kube.create(theirs)
    kube.change(name, {"paused": False})
    condition = kube.await_condition(name, "Ready", "NameTaken")
    assert f"ServiceAccount {name}-api exists and belongs to something else" in condition["message"]
    assert kube.get("v1", "ServiceAccount", f"{name}-api")["metadata"]["annotations"] == {"mine": "yes"}
    eventually(lambda: "NameTaken" in kube.event_reasons(name))


def test_a_missing_secret_is_named_and_its_coming_is_noticed(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"database": {"secretRef": {"name": "late", "key": "url"}}})
    condition = kube.await_condition(name, "DatabaseReady", "SecretMissing")
    assert condition["message"] == "Secret late[url] does not exist; create it."
    place.kubectl("create", "secret", "generic", "late", "--from-literal=url=postgresql://db/late")
    kube.await_condition(name, "DatabaseReady", "Migrating")


def test_replicas_of_the_consumers_are_only_written_through_the_scale_subresource(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = make({"consumer": {"replicas": {"min": 2}}})
    eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == 2)
    fields = kube.get("apps/v1", "Deployment", f"{name}-consumer")["metadata"]["managedFields"]
    applied = [entry["fieldsV1"]["f:spec"] for entry in fields if entry["operation"] == "Apply"]
    assert len(applied) == 1
    assert "f:replicas" not in applied[0]
    scales = [
        write
        for write in place.server.writes(place.user, f"{name}-consumer")
        if write.resource == "deployments" and write.subresource == "scale"
    ]
    assert len(scales) == 1


def test_a_written_secret_rolls_the_pods_that_read_it_and_its_content_is_in_no_annotation(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    place.kubectl("create", "secret", "generic", "tokens", f"--from-literal=jwt-secret={'t' * 48}")
    name = make({"auth": {"jwtSecretRef": {"name": "tokens", "key": "jwt-secret"}}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    job, before = kube.job(name), {component: secrets_of(kube, name, component) for component in ("api", "consumer")}
    place.kubectl("delete", "secret", "tokens")
    kube.await_condition(name, "APIReady", "SecretMissing")
    place.kubectl("create", "secret", "generic", "tokens", f"--from-literal=jwt-secret={'t' * 48}")
    kube.await_condition(name, "APIReady", "WaitsForMigration")
    eventually(lambda: kube.job(name) != job and kube.finish_job(name))
    kube.await_condition(name, "APIReady", "RollingOut")
    assert secrets_of(kube, name, "api") != before["api"]
    assert secrets_of(kube, name, "consumer") == before["consumer"]


def secrets_of(kube: Kube, name: str, component: str) -> str:
    template = kube.get("apps/v1", "Deployment", f"{name}-{component}")["spec"]["template"]
    value: str = template["metadata"]["annotations"]["ingestor.dev/secrets"]
    return value


def test_fewer_partitions_in_the_spec_are_reported_and_the_topic_keeps_its_own(kube: Kube, make: MakeResource) -> None:
    name = make({"kafka": {"topic": {"partitions": 4}}, "consumer": {"replicas": {"min": 3}}})
    kube.bring_up(name)
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.change(name, {"kafka": {"topic": {"partitions": 2}}})
    condition = kube.await_condition(name, "TopicReady", "MorePartitions")
    assert (condition["status"], "set partitions to 4" in condition["message"]) == ("True", True)
    assert kube.resource(name)["status"]["topic"]["partitions"] == 4
    eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == 2)


def test_a_failed_migration_says_so(kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.await_condition(name, "Ready", "Migrating")
    job = kube.job(name)
    uid = kube.get("batch/v1", "Job", job)["metadata"]["uid"]
    kube.finish_job(name, "Failed")
    condition = kube.await_condition(name, "DatabaseReady", "MigrationFailed")
    assert f"kubectl logs job/{job}" in condition["message"]
    assert kube.get("batch/v1", "Job", job)["metadata"]["uid"] == uid
    eventually(lambda: "MigrationFailed" in kube.event_reasons(name))


@pytest.mark.parametrize("ago", [timedelta(seconds=61), timedelta(days=-1)], ids=["past", "by a clock a day ahead"])
def test_a_migration_that_failed_a_minute_ago_is_tried_again(kube: Kube, make: MakeResource, ago: timedelta) -> None:
    name = make()
    kube.await_condition(name, "Ready", "Migrating")
    job = kube.job(name)
    uid = kube.get("batch/v1", "Job", job)["metadata"]["uid"]
    kube.finish_job(name, "Failed", datetime.now(UTC) - ago)
    eventually(lambda: (found := kube.find("batch/v1", "Job", job)) and found["metadata"]["uid"] != uid)
    kube.finish_job(name)
    kube.await_condition(name, "DatabaseReady", "Migrated")


POD_MONITORS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: podmonitors.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: {kind: PodMonitor, plural: podmonitors}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def test_a_pod_monitor_comes_and_goes_with_its_field(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"monitoring": {"podMonitor": True, "podMonitorLabels": {"release": "prometheus"}}})
    condition = kube.await_condition(name, "Ready", "KindUnknown")
    assert "podmonitors" in condition["message"]
    assert kube.find("apps/v1", "Deployment", f"{name}-api")
    crd = place.folder / "podmonitors.yaml"
    crd.write_text(POD_MONITORS)
    place.kubectl("apply", "-f", str(crd))
    try:
        eventually(lambda: pod_monitors(kube) == {name})
        labels = kube.get("monitoring.coreos.com/v1", "PodMonitor", name)["metadata"]["labels"]
        assert (labels["release"], labels["app.kubernetes.io/instance"]) == ("prometheus", name)
        kube.change(name, {"monitoring": {"podMonitor": False}})
        eventually(lambda: pod_monitors(kube) == set())
    finally:
        # The API server is shared; the next run of this test wants it without the kind.
        place.kubectl("delete", "-f", str(crd))


def pod_monitors(kube: Kube) -> set[str]:
    try:
        return kube.names("monitoring.coreos.com/v1", "PodMonitor")
    except HTTPStatusError:
        # The kind is not served yet.
        return set()
