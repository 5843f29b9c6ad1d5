"""Each field of the spec that ends in an object reaches it, and leaves it again."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually, merged

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_operator.crd.described import described
from ingestor_operator.crd.structural import structural
from ingestor_operator.model.spec import Spec

pytestmark = pytest.mark.usefixtures("operator")


Found = tuple[str, str, Callable[[Body], object], object]
"""Kind and suffix of an object, how to read it, and what is to be found there."""


@dataclass(frozen=True)
class Reaches:
    """A change of the spec, the object it reaches, and what is to be found there."""

    change: Body
    kind: str
    suffix: str
    read: Callable[[Body], object]
    expected: object


def pod(body: Body) -> Body:
    spec: Body = body["spec"]["template"]["spec"]
    return spec


def container(body: Body) -> Body:
    (found,) = pod(body)["containers"]
    return dict(found)


def of_service(*names: str) -> Callable[[Body], object]:
    return lambda body: [body["spec"].get(name) for name in names]


def role(body: Body) -> object:
    return body["metadata"]["annotations"].get("cloud/role")


def setting(name: str) -> Callable[[Body], object]:
    return lambda body: body["data"].get(name)


def variable(name: str) -> Callable[[Body], object]:
    return lambda body: next((one.get("valueFrom", one) for one in container(body)["env"] if one["name"] == name), None)


def mounted(body: Body) -> set[str]:
    return {volume["secret"]["secretName"] for volume in pod(body)["volumes"] if "secret" in volume}


def secret_key(name: str, key: str) -> Body:
    return {"secretKeyRef": {"name": name, "key": key}}


def files(name: str) -> Callable[[Body], object]:
    """Keys of the Secret in that volume, by the file that each becomes."""

    def read(body: Body) -> object:
        volumes = [volume["secret"]["items"] for volume in pod(body)["volumes"] if volume["name"] == name]
        return {item["path"]: item["key"] for items in volumes for item in items}

    return read


LOGIN = {"name": "login", "usernameKey": "user", "passwordKey": "pw"}
SASL = {"mechanism": "SCRAM-SHA-256", "secretRef": LOGIN}
CLIENT = {"name": "client", "certificateKey": "c.pem", "privateKeyKey": "k.pem"}
TLS = {"caSecretRef": {"name": "authority", "key": "ca.pem"}, "clientSecretRef": CLIENT}
SECRETS = {
    "login": ["user", "pw"],
    "authority": ["ca.pem"],
    "client": ["c.pem", "k.pem"],
    "other-db": ["uri"],
    "other-jwt": ["k"],
}
"""Those that the table refers to, with their keys."""
BROKERS = "localhost:9,127.0.0.1:9"
TABLE = [
    Reaches({"kafka": {"bootstrapServers": BROKERS}}, "ConfigMap", "config", setting("KAFKA_BROKERS"), BROKERS),
    Reaches({"api": {"replicas": 3}}, "Deployment", "api", lambda body: body["spec"]["replicas"], 3),
    Reaches({"api": {"image": "i/api:9"}}, "Deployment", "api", lambda body: container(body)["image"], "i/api:9"),
    Reaches(
        {"api": {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "3"}}}}, "Deployment", "api",
        lambda body: [container(body)["resources"][of]["cpu"] for of in ("requests", "limits")], ["2", "3"],
    ),
    Reaches(
        {"api": {"podTemplate": {"spec": {"priorityClassName": "high"}}}}, "Deployment", "api",
        lambda body: pod(body).get("priorityClassName"), "high",
    ),
    Reaches(
        {"api": {"service": {"port": 8000, "nodePort": 30081}}}, "Service", "api",
        lambda body: [(one["port"], one["nodePort"]) for one in body["spec"]["ports"]], [(8000, 30081)],
    ),
    Reaches(
        {"api": {"service": {"type": "LoadBalancer", "loadBalancerClass": "internal.example.com/quiz"}}}, "Service",
        "api", of_service("type", "loadBalancerClass"), ["LoadBalancer", "internal.example.com/quiz"],
    ),
    Reaches(
        {"api": {"service": {"loadBalancerSourceRanges": ["10.0.0.0/8", "fd00::/8"]}}}, "Service", "api",
        of_service("loadBalancerSourceRanges"), [["10.0.0.0/8", "fd00::/8"]],
    ),
    Reaches(
        {"api": {"service": {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"]}}}, "Service", "api",
        of_service("ipFamilyPolicy", "ipFamilies"), ["RequireDualStack", ["IPv4", "IPv6"]],
    ),
    Reaches(
        {"api": {"service": {"externalTrafficPolicy": "Local"}}}, "Service", "api",
        of_service("externalTrafficPolicy"), ["Local"],
    ),
    Reaches(
        {"api": {"service": {"annotations": {"dns/name": "quiz.example.com"}, "labels": {"team": "quiz"}}}}, "Service",
        "api", lambda body: [body["metadata"]["annotations"].get("dns/name"), body["metadata"]["labels"].get("team")],
        ["quiz.example.com", "quiz"],
    ),
    Reaches(
        {"api": {"serviceAccount": {"annotations": {"cloud/role": "api"}}}}, "ServiceAccount", "api", role, "api"
    ),
    Reaches(
        {"consumer": {"serviceAccount": {"annotations": {"cloud/role": "c"}}}}, "ServiceAccount", "consumer", role, "c"
    ),
    Reaches({"api": {"rollout": {"kafkaPercent": 10}}}, "ConfigMap", "config", setting("KAFKA_ROLLOUT_PERCENT"), "10"),
    Reaches({"api": {"rollout": {"fallback": "None"}}}, "ConfigMap", "config", setting("KAFKA_FALLBACK"), "none"),
    Reaches(
        {"api": {"rollout": {"eventTypes": ["SESSION_STARTED", "SESSION_ENDED"]}}}, "ConfigMap", "config",
        setting("KAFKA_EVENT_TYPES"), "SESSION_STARTED,SESSION_ENDED",
    ),
    Reaches({"consumer": {"image": "i/c:9"}}, "Deployment", "consumer", lambda body: container(body)["image"], "i/c:9"),
    Reaches(
        {"consumer": {"resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": "2Gi"}}}}, "Deployment",
        "consumer",
        lambda body: [container(body)["resources"][of]["memory"] for of in ("requests", "limits")], ["1Gi", "2Gi"],
    ),
    Reaches(
        {"consumer": {"podTemplate": {"spec": {"nodeSelector": {"disk": "fast"}}}}}, "Deployment", "consumer",
        lambda body: pod(body).get("nodeSelector"), {"disk": "fast"},
    ),
    Reaches(
        {"database": {"secretRef": {"name": "other-db", "key": "uri"}}}, "Deployment", "consumer",
        variable("DATABASE_URL"), secret_key("other-db", "uri"),
    ),
    Reaches(
        {"auth": {"jwtSecretRef": {"name": "other-jwt", "key": "k"}}}, "Deployment", "api",
        variable("JWT_SECRET"), secret_key("other-jwt", "k"),
    ),
    Reaches({"auth": {"jwksUrl": "https://a/jwks"}}, "ConfigMap", "config", setting("JWT_JWKS_URL"), "https://a/jwks"),
    Reaches({"auth": {"issuer": "https://a"}}, "ConfigMap", "config", setting("JWT_ISSUER"), "https://a"),
    Reaches({"auth": {"audience": "quiz"}}, "ConfigMap", "config", setting("JWT_AUDIENCE"), "quiz"),
    Reaches(
        {"auth": {"uncheckedClaims": ["audience"]}}, "ConfigMap", "config", setting("JWT_UNCHECKED_CLAIMS"), "audience"
    ),
    Reaches({"auth": {"signup": "open"}}, "ConfigMap", "config", setting("AUTH_SIGNUP"), "open"),
    Reaches({"kafka": {"sasl": SASL}}, "ConfigMap", "config", setting("KAFKA_SASL_MECHANISM"), "SCRAM-SHA-256"),
    Reaches(
        {"kafka": {"sasl": SASL}}, "Deployment", "consumer", variable("KAFKA_SASL_PASSWORD"), secret_key("login", "pw")
    ),
    Reaches(
        {"kafka": {"sasl": SASL}}, "Deployment", "api", variable("KAFKA_SASL_USERNAME"), secret_key("login", "user")
    ),
    Reaches({"kafka": {"tls": TLS}}, "Deployment", "consumer", files("kafka-ca"), {"ca.crt": "ca.pem"}),
    Reaches(
        {"kafka": {"tls": TLS}}, "Deployment", "api", files("kafka-client"), {"tls.crt": "c.pem", "tls.key": "k.pem"}
    ),
    Reaches({"kafka": {"tls": TLS}}, "ConfigMap", "config", setting("KAFKA_SECURITY_PROTOCOL"), "SASL_SSL"),
    Reaches({"kafka": {"tls": TLS}}, "Deployment", "api", mounted, {"authority", "client"}),
    Reaches({"kafka": {"tls": TLS}}, "Deployment", "consumer", mounted, {"authority", "client"}),
]  # fmt: skip
BACK: Body = {
    "api": {"image": None, "service": None, "serviceAccount": None, "podTemplate": None},
    "consumer": {"image": None, "serviceAccount": None, "podTemplate": None},
    "auth": {"jwksUrl": None, "issuer": None, "audience": None, "uncheckedClaims": None},
    "kafka": {"tls": None, "sasl": None},
}
MIGRATION = "test_migration.py::"
ELSEWHERE = {
    "mode": "test_modes.py::test_observe_writes_a_plan_and_nothing_else",
    "paused": "test_modes.py::test_paused_is_silent",
    "migration.resources.requests": MIGRATION + "test_the_job_has_fields_of_its_own_and_what_the_api_says_of_its_pods",
    "migration.resources.limits": MIGRATION + "test_the_job_has_fields_of_its_own_and_what_the_api_says_of_its_pods",
    "migration.podTemplate": MIGRATION + "test_the_job_has_fields_of_its_own_and_what_the_api_says_of_its_pods",
    "migration.ttlSecondsAfterFinished": MIGRATION + "test_a_job_that_its_time_to_live_took_away_is_not_run_again",
    "kafka.sasl.username": "test_tls.py::test_the_production_sample_needs_no_more_than_the_user_of_the_platform_sample",
    "kafka.consumerGroup": "test_crd.py::test_what_cannot_work_is_refused_with_a_sentence",
    "kafka.topic.name": "test_crd.py::test_what_cannot_work_is_refused_with_a_sentence",
    "kafka.topic.partitions": "test_topics.py::test_partitions_are_raised_while_nothing_waits",
    "kafka.topic.replicationFactor": "test_topics.py::test_a_replication_factor_that_differs_is_reported",
    "kafka.topic.retentionHours": "test_topics.py::test_config_that_is_changed_in_the_spec_reaches_kafka",
    "kafka.topic.config": "test_topics.py::test_config_that_is_changed_in_the_spec_reaches_kafka",
    "kafka.topic.deletionPolicy": "test_deletion.py::test_delete_takes_them_away",
    "kafka.deadLetterTopic.name": "test_crd.py::test_what_cannot_work_is_refused_with_a_sentence",
    "kafka.deadLetterTopic.partitions": "test_topics.py::test_the_dead_letter_topic_follows_its_fields",
    "kafka.deadLetterTopic.retentionHours": "test_topics.py::test_the_dead_letter_topic_follows_its_fields",
    "kafka.deadLetterTopic.config": "test_topics.py::test_dead_letters_are_as_durable_and_have_a_config",
    "consumer.replicas.min": "test_scaling.py::test_the_minimum_is_kept",
    "consumer.replicas.max": "test_scaling.py::test_a_lower_maximum_is_followed",
    "consumer.replicas.pinned": "test_scaling.py::test_kubectl_scale_pins_until_it_is_unpinned",
    "consumer.autoscaling.enabled": "test_scaling.py::test_without_autoscaling_the_number_stays",
    "consumer.autoscaling.drainTargetSeconds": (
        "test_scaling.py::test_a_group_that_falls_behind_grows_to_the_partitions_and_comes_back"
    ),
    "consumer.autoscaling.scaleDownStabilizationSeconds": (
        "test_scaling.py::test_a_group_that_falls_behind_grows_to_the_partitions_and_comes_back"
    ),
    "consumer.autoscaling.intervalSeconds": (
        "test_lifecycle.py::test_drift_that_comes_back_at_once_is_put_back_less_and_less_often"
    ),
    "monitoring.podMonitor": "test_lifecycle.py::test_a_pod_monitor_comes_and_goes_with_its_field",
    "monitoring.podMonitorLabels": "test_lifecycle.py::test_a_pod_monitor_comes_and_goes_with_its_field",
}
"""Fields that end elsewhere than in an object of the table, or that cannot be changed, and the test of each."""
"""Takes the fields that may be absent away again."""
GONE: list[Found] = [
    ("Service", "api", of_service("type", "loadBalancerClass", "loadBalancerSourceRanges"), ["ClusterIP", None, None]),
    ("Service", "api", of_service("externalTrafficPolicy"), [None]),
    ("Service", "api", of_service("ipFamilyPolicy", "ipFamilies"), ["SingleStack", ["IPv4"]]),
    ("Service", "api", lambda body: len(body["spec"]["clusterIPs"]), 1),
    ("Service", "api", lambda body: sorted(body["metadata"]["annotations"]), ["ingestor.dev/applied"]),
    ("ServiceAccount", "api", role, None),
    ("ServiceAccount", "consumer", role, None),
    ("Deployment", "api", lambda body: pod(body).get("priorityClassName"), None),
    ("Deployment", "api", mounted, set()),
    ("Deployment", "consumer", mounted, set()),
    ("Deployment", "consumer", variable("KAFKA_SASL_PASSWORD"), None),
    ("Deployment", "consumer", lambda body: pod(body).get("nodeSelector"), None),
    ("ConfigMap", "config", setting("JWT_JWKS_URL"), None),
    ("ConfigMap", "config", setting("KAFKA_SASL_MECHANISM"), None),
    ("ConfigMap", "config", setting("KAFKA_SECURITY_PROTOCOL"), "PLAINTEXT"),
]


def await_objects(kube: Kube, name: str, wanted: list[Found]) -> None:
    """Wait until every object has what is wanted of it; fails with those that have not."""

    def look() -> bool:
        differing = []
        for kind, suffix, read, expected in wanted:
            version = "apps/v1" if kind == "Deployment" else "v1"
            found = read(kube.get(version, kind, kube.config_map(name) if kind == "ConfigMap" else f"{name}-{suffix}"))
            if found != expected:
                differing.append((kind, suffix, found, expected))
        assert differing == []
        return True

    eventually(look)


def migrated(kube: Kube, name: str) -> bool:
    """Finish the present migration Job, which holds new images back; true once there is nothing to finish."""
    job = kube.get("batch/v1", "Job", kube.job(name))
    done = any(condition["type"] == "Complete" for condition in job.get("status", {}).get("conditions", []))
    if not done:
        kube.finish_job(name)
    return done


def fields(schema: Any, path: str = "") -> Iterator[str]:
    """Paths of all fields that hold a value."""
    for name, inner in schema.get("properties", {}).items():
        yield from fields(inner, f"{path}.{name}".lstrip("."))
    if not schema.get("properties"):
        yield path


def changed(change: Any, known: set[str], path: str = "") -> Iterator[str]:
    """Paths of the fields that a change of the spec sets."""
    if path in known or not isinstance(change, dict):
        yield path
        return
    for name, inner in change.items():
        yield from changed(inner, known, f"{path}.{name}".lstrip("."))


def test_no_field_is_without_a_test() -> None:
    known = set(fields(structural(Spec)))
    here = {path for row in TABLE for path in changed(row.change, known)}
    assert here | ELSEWHERE.keys() == known
    assert not here & ELSEWHERE.keys()
    for test in ELSEWHERE.values():
        file, _, name = test.partition("::")
        assert f"def {name}(" in (Path(__file__).parent / file).read_text()


def test_each_field_reaches_its_object_and_leaves_it_again(
    place: Tenant, kube: Kube, make: MakeResource, kafka: EmbeddedKafka
) -> None:
    name = make()
    kube.bring_up(name)
    change: Body = {}
    for row in TABLE:
        change = merged(change, row.change)
    for secret, keys in SECRETS.items():
        place.kubectl("create", "secret", "generic", secret, *(f"--from-literal={key}=x" for key in keys))
    kube.change(name, change)
    kube.await_condition(name, "DatabaseReady", "Migrating")
    eventually(lambda: migrated(kube, name))
    kube.await_condition(name, "APIReady", "RollingOut")
    await_objects(kube, name, [(row.kind, row.suffix, row.read, row.expected) for row in TABLE])
    kube.change(name, merged(BACK, {"kafka": {"bootstrapServers": kafka.bootstrap}}))
    eventually(lambda: kube.condition(name, "TopicReady")["reason"] == "TopicsReady")
    eventually(lambda: migrated(kube, name))
    await_objects(kube, name, GONE)


@pytest.mark.parametrize(
    ("said", "requests", "limits"),
    [
        ({"requests": {"cpu": "1"}}, {"cpu": "1", "memory": "256Mi"}, {"memory": "512Mi"}),
        ({"requests": {"memory": "1Gi"}}, {"cpu": "250m", "memory": "1Gi"}, {"memory": "1Gi"}),
        ({"limits": {}}, {"cpu": "250m", "memory": "256Mi"}, None),
        ({"limits": {"memory": None, "cpu": "2"}}, {"cpu": "250m", "memory": "256Mi"}, {"cpu": "2"}),
    ],
)
def test_resources_that_are_not_named_keep_their_defaults(
    kube: Kube, make: MakeResource, said: Body, requests: Body, limits: Body | None
) -> None:
    name = make({"consumer": {"resources": said}})
    assert eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-consumer"))
    resources = container(kube.get("apps/v1", "Deployment", f"{name}-consumer"))["resources"]
    assert (resources["requests"], resources.get("limits")) == (requests, limits)
    # The defaults are not stored beside it, where a later change of one field would meet them.
    assert kube.resource(name)["spec"]["consumer"]["resources"] == said
    assert kube.resource(name)["spec"]["api"]["resources"] == {}


def test_removed_limits_survive_server_side_apply(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make()
    manifest = place.folder / "applied.json"
    body = kube.resource(name)
    body["metadata"] = {"name": name}
    body["spec"]["api"]["resources"] = {"limits": {"memory": None, "cpu": "2"}}
    body.pop("status", None)
    manifest.write_text(json.dumps(body))
    place.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(manifest))

    def resources() -> object:
        return container(kube.get("apps/v1", "Deployment", f"{name}-api"))["resources"].get("limits")

    eventually(lambda: resources() == {"cpu": "2"})


@pytest.mark.parametrize("path", ["", ".kafka.topic", ".consumer.autoscaling", ".api.rollout"])
def test_kubectl_explain_shows_a_sentence_and_the_default_of_each_field(place: Tenant, path: str) -> None:
    schema: Any = described(structural(Spec))
    for part in filter(None, path.split(".")):
        schema = schema["properties"][part]
    shown = " ".join(place.kubectl("explain", f"ingd.spec{path}").split())
    for field, inner in schema["properties"].items():
        assert field in shown
        assert inner["description"] in shown


def test_kubectl_explain_knows_every_field(place: Tenant) -> None:
    shown = place.kubectl("explain", "ingd", "--recursive").split()
    assert {"bootstrapServers", "drainTargetSeconds", "privateKeyKey", "pinned", "lagState", "observedGeneration"} <= {
        *shown
    }


@pytest.mark.parametrize(
    ("said", "families"),
    [
        ({"ipFamilyPolicy": "PreferDualStack"}, ["IPv4", "IPv6"]),
        ({"ipFamilyPolicy": "RequireDualStack"}, ["IPv4", "IPv6"]),
        ({"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]}, ["IPv6", "IPv4"]),
        ({"ipFamilies": ["IPv6"]}, ["IPv6"]),
    ],
)
def test_ip_families_that_are_not_asked_for_any_more_leave_the_service(
    kube: Kube, make: MakeResource, said: Body, families: list[str]
) -> None:
    name = make({"api": {"service": said}})
    read = of_service("ipFamilyPolicy", "ipFamilies")
    assert eventually(lambda: kube.find("v1", "Service", f"{name}-api"))
    await_objects(kube, name, [("Service", "api", read, [said.get("ipFamilyPolicy", "SingleStack"), families])])
    kube.change(name, {"api": {"service": None}})
    # The first one stays: Kubernetes does not change it.
    await_objects(kube, name, [("Service", "api", read, ["SingleStack", families[:1]])])
