"""What the migration Job takes from the API's pod template, and when it may go."""

from typing import Any

import pytest

from ingestor_operator.manifests.api_deployment import api_deployment
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.manifests.migration_job import migration_job, shared_with_api
from ingestor_operator.manifests.settings import plain_settings
from ingestor_operator.model.resource import Resource

RELEASE = Release(api_image="ingestor/api:1", consumer_image="ingestor/consumer:1")


def job(resource: Resource) -> Manifest:
    return migration_job(resource, RELEASE, "checksum")


def pod(resource: Resource) -> dict[str, Any]:
    spec: dict[str, Any] = job(resource)["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("imagePullSecrets", [{"name": "registry"}]),
        ("nodeSelector", {"disk": "fast"}),
        ("tolerations", [{"key": "dedicated", "operator": "Exists"}]),
        ("priorityClassName", "high"),
        ("serviceAccountName", "of-the-cloud"),
        ("hostAliases", [{"ip": "10.0.0.1", "hostnames": ["db"]}]),
        ("dnsConfig", {"options": [{"name": "ndots", "value": "1"}]}),
        ("runtimeClassName", "gvisor"),
        ("initContainers", [{"name": "proxy", "image": "proxy", "restartPolicy": "Always"}]),
    ],
)
def test_what_the_api_says_of_any_pod_is_said_of_the_jobs(make_resource: Any, field: str, value: Any) -> None:
    assert pod(make_resource("minimal", {"api.podTemplate": {"spec": {field: value}}}))[field] == value


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [{"name": "proxy", "image": "proxy"}]},
        {"containers": [{"name": "api", "env": [{"name": "A", "value": "1"}], "command": ["other"]}]},
        {"terminationGracePeriodSeconds": 600},
        {"restartPolicy": "Always"},
        {"topologySpreadConstraints": [{"topologyKey": "zone"}]},
        {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []}}},
        {"readinessGates": [{"conditionType": "balancer"}]},
    ],
)
def test_what_is_of_the_api_alone_is_not(make_resource: Any, spec: dict[str, Any]) -> None:
    plain, given = pod(make_resource()), pod(make_resource("minimal", {"api.podTemplate": {"spec": spec}}))
    assert given == plain


def test_nodes_are_chosen_as_the_apis_are() -> None:
    node: dict[str, Any] = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}
    overlay = {"spec": {"affinity": {"nodeAffinity": node, "podAntiAffinity": {}}}}
    assert shared_with_api(overlay) == {"spec": {"affinity": {"nodeAffinity": node}}}


def test_a_security_context_and_volumes_reach_the_container(make_resource: Any) -> None:
    mount = {"name": "ca", "mountPath": "/etc/ca"}
    overlay = {
        "spec": {
            "volumes": [{"name": "ca", "configMap": {"name": "ca"}}],
            "containers": [{"name": "api", "volumeMounts": [mount], "securityContext": {"runAsUser": 7}}],
        }
    }
    spec = pod(make_resource("minimal", {"api.podTemplate": overlay}))
    assert {"name": "ca", "configMap": {"name": "ca"}} in spec["volumes"]
    (migrate,) = spec["containers"]
    assert mount in migrate["volumeMounts"]
    assert migrate["securityContext"]["runAsUser"] == 7
    assert migrate["securityContext"]["readOnlyRootFilesystem"] is True


def test_it_reaches_the_database_as_the_api_does(make_resource: Any) -> None:
    variables = [{"name": "PGSSLROOTCERT", "value": "/etc/ca/ca.crt"}, {"name": "DRAIN_SECONDS", "value": "1"}]
    overlay = {"spec": {"containers": [{"name": "api", "env": variables}]}}
    (migrate,) = pod(make_resource("minimal", {"api.podTemplate": overlay}))["containers"]
    names = [one["name"] for one in migrate["env"]]
    assert [name for name in names if not name.startswith("KAFKA_")] == ["DATABASE_URL", "PGSSLROOTCERT"]


def test_it_logs_in_to_kafka_as_the_api_does(make_resource: Any) -> None:
    resource = make_resource("sasl-tls")
    of_api = api_deployment(resource, RELEASE, {})["spec"]["template"]["spec"]
    (api,), (migrate,) = of_api["containers"], pod(resource)["containers"]
    secret = {"DATABASE_URL", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"}
    assert [one for one in api["env"] if one["name"] in secret] == [
        one for one in migrate["env"] if one["name"] in secret
    ]
    # Of the services' settings those that a login takes, and so a change of another one makes no other Job.
    plain = {one["name"]: one["value"] for one in migrate["env"] if one["name"] not in secret}
    assert plain.items() <= plain_settings(resource.spec).items()
    assert {name for name in plain_settings(resource.spec) if name.startswith("KAFKA_")} - plain.keys() == {
        "KAFKA_GROUP", "KAFKA_ROLLOUT_PERCENT", "KAFKA_EVENT_TYPES", "KAFKA_FALLBACK",
    }  # fmt: skip
    assert "envFrom" not in migrate
    assert migrate["volumeMounts"] == api["volumeMounts"]
    assert pod(resource)["volumes"] == of_api["volumes"]


def test_its_own_fields_come_last_and_a_null_takes_away(make_resource: Any) -> None:
    api = {"metadata": {"annotations": {"mesh/inject": "true"}}, "spec": {"nodeSelector": {"disk": "fast"}}}
    own = {"metadata": {"annotations": {"mesh/inject": "false"}}, "spec": {"nodeSelector": None}}
    made = job(make_resource("minimal", {"api.podTemplate": api, "migration.podTemplate": own}))
    assert made["spec"]["template"]["metadata"]["annotations"]["mesh/inject"] == "false"
    assert "nodeSelector" not in made["spec"]["template"]["spec"]


def test_a_time_to_live_is_set_once_the_status_has_the_end_and_makes_no_other_job(make_resource: Any) -> None:
    def made(**metadata: Any) -> Manifest:
        return job(make_resource("minimal", {"migration.ttlSecondsAfterFinished": 60}, **metadata))

    plain = job(make_resource())
    assert made() == plain
    name = plain["metadata"]["name"]
    done = {"migration": {"job": name, "completedAt": "2026-01-01T11:00:00Z"}}
    assert made(status=done)["metadata"]["name"] == name
    assert made(status=done)["spec"] == plain["spec"] | {"ttlSecondsAfterFinished": 60}
    assert "ttlSecondsAfterFinished" not in made(status={"migration": done["migration"] | {"job": "older"}})["spec"]


@pytest.mark.parametrize(
    ("field", "value", "another"),
    [
        ("kafka.bootstrapServers", "other:9092", True),
        ("kafka.topic.name", "other", True),
        ("kafka.consumerGroup", "other", False),
        ("api.rollout.kafkaPercent", 25, False),
        ("api.rollout.fallback", "None", False),
        ("auth.signup", "open", False),
    ],
)
def test_it_is_made_anew_for_what_it_reads_alone(make_resource: Any, field: str, value: Any, another: bool) -> None:
    changed = job(make_resource("minimal", {field: value}))
    assert (changed["metadata"]["name"] != job(make_resource())["metadata"]["name"]) is another


def test_what_it_reads_is_taken_literally(make_resource: Any) -> None:
    resource = make_resource("minimal", {"kafka.bootstrapServers": "a:1,b:2"})
    (migrate,) = pod(resource)["containers"]
    assert {"name": "KAFKA_BROKERS", "value": "a:1,b:2"} in migrate["env"]
    assert all("$(" not in one.get("value", "") for one in migrate["env"])


NAMES_SETTINGS = {
    "volumes": [
        {"name": "plain", "configMap": {"name": "quiz-config"}},
        {"name": "mixed", "projected": {"sources": [{"configMap": {"name": "quiz-config"}}]}},
        {"name": "ca", "secret": {"secretName": "ca"}},
    ],
    "initContainers": [
        {"name": "reads", "envFrom": [{"configMapRef": {"name": "quiz-config"}}]},
        {"name": "kept", "volumeMounts": [{"name": "mixed", "mountPath": "/m"}, {"name": "ca", "mountPath": "/ca"}]},
    ],
    "containers": [
        {"name": "api", "volumeMounts": [{"name": "plain", "mountPath": "/p"}, {"name": "ca", "mountPath": "/ca"}]}
    ],
}


def test_no_setting_makes_another_job_though_the_apis_pods_mount_them(make_resource: Any) -> None:
    jobs = [
        job(make_resource("minimal", {"api.podTemplate": {"spec": NAMES_SETTINGS}, "api.rollout": {"kafkaPercent": n}}))
        for n in (0, 50)
    ]
    assert jobs[0]["metadata"]["name"] == jobs[1]["metadata"]["name"]
    spec = jobs[0]["spec"]["template"]["spec"]
    assert [volume["name"] for volume in spec["volumes"] if volume["name"] != "tmp"] == ["ca"]
    assert spec["initContainers"] == [{"name": "kept", "volumeMounts": [{"name": "ca", "mountPath": "/ca"}]}]
    assert {mount["name"] for mount in spec["containers"][0]["volumeMounts"]} == {"tmp", "ca"}
