"""The migration Job: what it is made of, where it is admitted, and that it runs once."""

import json
from typing import Any

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually

pytestmark = pytest.mark.usefixtures("operator")

AUTHORITY = {"name": "database-ca", "secret": {"secretName": "database-ca"}}
MOUNT = {"name": "database-ca", "mountPath": "/etc/database", "readOnly": True}
API: Body = {
    "metadata": {"annotations": {"mesh/inject": "true"}, "labels": {"team": "quiz"}},
    "spec": {
        "nodeSelector": {"disk": "fast"},
        "securityContext": {"runAsUser": 1000700000},
        "volumes": [AUTHORITY],
        "terminationGracePeriodSeconds": 99,
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
        ],
        "affinity": {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "x"}}}
                ]
            }
        },
        "containers": [
            {"name": "api", "volumeMounts": [MOUNT], "env": [{"name": "FORWARDED_ALLOW_IPS", "value": "*"}]},
            {"name": "proxy", "image": "proxy"},
        ],
    },
}
OWN: Body = {
    "resources": {"requests": {"cpu": "20m"}, "limits": {"cpu": "1"}},
    "podTemplate": {
        "metadata": {"annotations": {"mesh/inject": "false"}},
        "spec": {"containers": [{"name": "migrate", "env": [{"name": "LOG_LEVEL", "value": "DEBUG"}]}]},
    },
}


def job(kube: Kube, name: str) -> Body:
    return kube.get("batch/v1", "Job", kube.job(name))


def pod(kube: Kube, name: str) -> Body:
    template: Body = job(kube, name)["spec"]["template"]
    return template


def test_the_job_has_fields_of_its_own_and_what_the_api_says_of_its_pods(kube: Kube, make: MakeResource) -> None:
    name = make({"api": {"podTemplate": API}, "migration": OWN})
    template = eventually(lambda: pod(kube, name))
    assert template["metadata"]["annotations"].items() >= {"mesh/inject": "false"}.items()
    assert template["metadata"]["labels"]["team"] == "quiz"
    assert template["metadata"]["labels"]["app.kubernetes.io/component"] == "migration"
    spec = template["spec"]
    assert spec["nodeSelector"] == {"disk": "fast"}
    assert spec["securityContext"]["runAsUser"] == 1000700000
    assert spec["restartPolicy"] == "Never"
    assert "topologySpreadConstraints" not in spec
    assert not spec.get("affinity")
    (migrate,) = spec["containers"]
    assert MOUNT.items() <= next(one for one in migrate["volumeMounts"] if one["name"] == "database-ca").items()
    assert migrate["resources"] == {
        "requests": {"cpu": "20m", "memory": "128Mi"},
        "limits": {"cpu": "1", "memory": "256Mi"},
    }
    names = [one["name"] for one in migrate["env"]]
    assert [one for one in names if not one.startswith("KAFKA_")] == ["DATABASE_URL", "LOG_LEVEL"]


def test_a_quota_and_the_restricted_standard_admit_every_pod(place: Tenant, kube: Kube, make: MakeResource) -> None:
    limits = {"limits": {"cpu": "1"}}
    name = make({"migration": {"resources": limits}, "api": {"resources": limits}, "consumer": {"resources": limits}})
    eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-consumer"))
    hard = dict.fromkeys(("requests.cpu", "requests.memory", "limits.cpu", "limits.memory"), "64Gi")
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "all"}, "spec": {"hard": hard}}
    apply(place, quota)
    status = json.dumps({"status": {"hard": hard, "used": dict.fromkeys(hard, "0")}})
    # In place of the controller that counts.
    place.kubectl("patch", "resourcequota", "all", "--subresource=status", "--type=merge", "--patch", status)
    label = "pod-security.kubernetes.io/enforce"
    place.kubectl("label", "namespace", place.name, f"{label}=restricted")
    try:
        bodies = [job(kube, name)] + [
            kube.get("apps/v1", "Deployment", f"{name}-{component}") for component in ("api", "consumer")
        ]
        for body in bodies:
            template = body["spec"]["template"]
            apply(place, pod_of(template, "probe"), "--dry-run=server")
            bare = template["spec"]["containers"][0] | {"resources": {}}
            without = template | {"spec": template["spec"] | {"containers": [bare]}}
            with pytest.raises(AssertionError, match="must specify"):
                apply(place, pod_of(without, "probe"), "--dry-run=server")
    finally:
        place.kubectl("label", "namespace", place.name, f"{label}-")
        place.kubectl("delete", "resourcequota", "all")


def pod_of(template: Body, name: str) -> Body:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]}


def apply(place: Tenant, body: Any, *options: str) -> None:
    path = place.folder / "applied.json"
    path.write_text(json.dumps(body))
    place.kubectl("create", "-f", str(path), *options)


def test_a_job_that_its_time_to_live_took_away_is_not_run_again(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"migration": {"ttlSecondsAfterFinished": 0}})
    eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-consumer"))
    first = kube.job(name)
    # It would go before anybody has seen that it completed.
    assert "ttlSecondsAfterFinished" not in job(kube, name)["spec"]
    kube.finish_job(name)
    eventually(lambda: job(kube, name)["spec"].get("ttlSecondsAfterFinished") == 0)
    assert kube.resource(name)["status"]["migration"]["job"] == first
    place.await_looks(name, 3, after=lambda: kube.delete("batch/v1", "Job", first))
    assert not jobs(kube, name)
    assert kube.condition(name, "DatabaseReady")["reason"] == "Migrated"
    kube.change(name, {"api": {"image": "other/api:2"}})
    assert eventually(lambda: kube.job(name)) != first
    kube.await_condition(name, "DatabaseReady", "Migrating")


def test_a_job_that_is_deleted_before_its_end_is_made_anew(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make()
    uid = eventually(lambda: job(kube, name))["metadata"]["uid"]
    kube.delete("batch/v1", "Job", kube.job(name))
    eventually(lambda: (found := jobs(kube, name)) and job(kube, name)["metadata"]["uid"] != uid and found)


def jobs(kube: Kube, name: str) -> set[str]:
    return {found for found in kube.names("batch/v1", "Job") if found.startswith(f"{name}-migrate-")}
