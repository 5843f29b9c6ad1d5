"""What a resource owns in Kubernetes, and that a change of a field reaches its object."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from ingestor_operator.manifests.holding import applied_template, noted_secrets, with_images, with_pods_of
from ingestor_operator.manifests.manifest import (
    DIGEST_ANNOTATION,
    REQUEST_ANNOTATION,
    SECRETS_ANNOTATION,
    Component,
    Manifest,
    Release,
    digested,
)
from ingestor_operator.manifests.objects import objects
from ingestor_operator.model.resource import Resource
from ingestor_operator.observe.answers import Address, addresses

COMPONENTS: tuple[Component, ...] = ("api", "consumer")
RELEASE = Release(api_image="ingestor/api:1", consumer_image="ingestor/consumer:1")
SECRETS = {"ingestor-database": "0a1b/5", "ingestor-auth": "0c2d/7"}


def built(resource: Resource, secrets: Mapping[str, str] = SECRETS, release: Release = RELEASE) -> dict[str, Manifest]:
    """The objects by kind and name, the ConfigMap's without its digest."""
    manifests = objects(resource, release, secrets)
    return {
        re.sub(r"^(ConfigMap/.*)-[0-9a-f]{8}$", r"\1", f"{manifest['kind']}/{manifest['metadata']['name']}"): manifest
        for manifest in manifests
    }


def value_at(manifest: Manifest, path: str) -> Any:
    value: Any = manifest
    for part in path.split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


def container(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = manifest["spec"]["template"]["spec"]["containers"][0]
    return found


def test_the_minimal_sample_owns_exactly_these(make_resource: Any) -> None:
    names = sorted(built(make_resource()))
    migration = next(name for name in names if name.startswith("Job/"))
    assert migration.startswith("Job/quiz-migrate-")
    assert names == sorted(
        [
            "ConfigMap/quiz-config",
            "Deployment/quiz-api",
            "Deployment/quiz-consumer",
            migration,
            "PodDisruptionBudget/quiz-api",
            "PodDisruptionBudget/quiz-consumer",
            "Service/quiz-api",
            "ServiceAccount/quiz-api",
            "ServiceAccount/quiz-consumer",
        ]
    )


@pytest.mark.parametrize("component", ["api", "consumer"])
def test_a_drain_does_not_wait_for_pods_that_are_not_ready(make_resource: Any, component: str) -> None:
    spec = built(make_resource())[f"PodDisruptionBudget/quiz-{component}"]["spec"]
    assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


def test_every_object_is_owned_so_that_it_goes_with_the_resource(make_resource: Any) -> None:
    resource = make_resource()
    for manifest in built(resource).values():
        (owner,) = manifest["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"], owner["controller"]) == (
            "IngestorDeployment",
            resource.uid,
            True,
        )
        assert manifest["metadata"]["namespace"] == "school"


def test_a_pod_monitor_is_made_only_where_it_is_asked_for(make_resource: Any) -> None:
    assert "PodMonitor/quiz" not in built(make_resource())
    assert "PodMonitor/quiz" in built(make_resource("minimal", {"monitoring.podMonitor": True}))


def test_the_consumer_deployment_never_says_how_many(make_resource: Any) -> None:
    pinned = make_resource("minimal", {"consumer.replicas": {"min": 2, "pinned": 3}})
    assert "replicas" not in built(pinned)["Deployment/quiz-consumer"]["spec"]


@pytest.mark.parametrize(
    ("field", "value", "object_name", "path", "expected"),
    [
        ("api.replicas", 5, "Deployment/quiz-api", "spec.replicas", 5),
        ("api.image", "x/api:2", "Deployment/quiz-api", "spec.template.spec.containers.0.image", "x/api:2"),
        ("consumer.image", "c:2", "Deployment/quiz-consumer", "spec.template.spec.containers.0.image", "c:2"),
        (
            "api.service",
            {"type": "NodePort", "nodePort": 30080},
            "Service/quiz-api",
            "spec.ports.0.nodePort",
            30080,
        ),
        ("api.service", {"port": 8000}, "Service/quiz-api", "spec.ports.0.port", 8000),
        ("api.service", {"annotations": {"a/b": "c"}}, "Service/quiz-api", "metadata.annotations", {"a/b": "c"}),
        (
            "api.serviceAccount.annotations",
            {"a/b": "c"},
            "ServiceAccount/quiz-api",
            "metadata.annotations",
            {"a/b": "c"},
        ),
        (
            "consumer.serviceAccount.annotations",
            {"a/b": "c"},
            "ServiceAccount/quiz-consumer",
            "metadata.annotations",
            {"a/b": "c"},
        ),
        ("api.rollout.kafkaPercent", 25, "ConfigMap/quiz-config", "data.KAFKA_ROLLOUT_PERCENT", "25"),
        ("api.rollout.fallback", "None", "ConfigMap/quiz-config", "data.KAFKA_FALLBACK", "none"),
        (
            "api.rollout.eventTypes",
            ["SESSION_STARTED", "SESSION_ENDED"],
            "ConfigMap/quiz-config",
            "data.KAFKA_EVENT_TYPES",
            "SESSION_STARTED,SESSION_ENDED",
        ),
        ("kafka.topic.name", "other", "ConfigMap/quiz-config", "data.KAFKA_TOPIC", "other"),
        ("kafka.consumerGroup", "g", "ConfigMap/quiz-config", "data.KAFKA_GROUP", "g"),
        ("kafka.deadLetterTopic", {"name": "d"}, "ConfigMap/quiz-config", "data.KAFKA_DLQ_TOPIC", "d"),
        ("auth.signup", "open", "ConfigMap/quiz-config", "data.AUTH_SIGNUP", "open"),
        ("auth.jwksUrl", "https://a/k", "ConfigMap/quiz-config", "data.JWT_JWKS_URL", "https://a/k"),
        (
            "auth.uncheckedClaims",
            ["issuer", "audience"],
            "ConfigMap/quiz-config",
            "data.JWT_UNCHECKED_CLAIMS",
            "issuer,audience",
        ),
        (
            "api.resources",
            {"limits": {"memory": "1Gi"}},
            "Deployment/quiz-api",
            "spec.template.spec.containers.0.resources.limits.memory",
            "1Gi",
        ),
        (
            "consumer.podTemplate",
            {"spec": {"nodeSelector": {"disk": "fast"}}},
            "Deployment/quiz-consumer",
            "spec.template.spec.nodeSelector.disk",
            "fast",
        ),
    ],
)
def test_a_field_reaches_its_object(
    make_resource: Any, field: str, value: Any, object_name: str, path: str, expected: Any
) -> None:
    before = built(make_resource())[object_name]
    after = built(make_resource("minimal", {field: value}))[object_name]
    found = value_at(after, path)
    if path == "metadata.annotations":
        found = {name: text for name, text in found.items() if name != DIGEST_ANNOTATION}
    assert found == expected
    annotations = [manifest["metadata"]["annotations"][DIGEST_ANNOTATION] for manifest in (before, after)]
    assert annotations[0] != annotations[1]


def annotations_of_pods(resource: Resource, secrets: Mapping[str, str], component: str) -> dict[str, str]:
    manifest = built(resource, secrets)[f"Deployment/quiz-{component}"]
    found: dict[str, str] = manifest["spec"]["template"]["metadata"]["annotations"]
    return found


def test_pods_roll_when_a_setting_or_a_secret_changes(make_resource: Any) -> None:
    rotated = SECRETS | {"ingestor-auth": "0c2d/8"}
    resource = make_resource()
    before = annotations_of_pods(resource, SECRETS, "api")
    after = annotations_of_pods(resource, rotated, "api")
    assert {name for name in before if before[name] != after[name]} == {SECRETS_ANNOTATION}
    # The consumer does not read the token secret, and so it does not roll.
    consumer = annotations_of_pods(resource, SECRETS, "consumer")
    assert consumer == annotations_of_pods(resource, rotated, "consumer")
    changed = make_resource("minimal", {"kafka.bootstrapServers": "other:9092"})
    assert settings_of(resource, "consumer") != settings_of(changed, "consumer")
    assert consumer == annotations_of_pods(changed, SECRETS, "consumer")


def settings_of(resource: Resource, component: str) -> str:
    """Name of the ConfigMap that the component's pods read."""
    (source,) = container(built(resource)[f"Deployment/quiz-{component}"])["envFrom"]
    name: str = source["configMapRef"]["name"]
    return name


def test_pods_note_each_secret_they_read_by_name_and_no_version(make_resource: Any) -> None:
    text = annotations_of_pods(make_resource("sasl-tls"), {"kafka-login": "0d3e/9"}, "consumer")[SECRETS_ANNOTATION]
    template = built(make_resource("sasl-tls"), {"kafka-login": "0d3e/9"})["Deployment/quiz-consumer"]["spec"][
        "template"
    ]
    noted = noted_secrets(template)
    assert set(noted) == {"ingestor-database", "kafka-login", "kafka-ca", "kafka-client"}
    assert {name for name, read in noted.items() if read} == {"kafka-login"}
    assert "0d3e" not in text


@pytest.mark.parametrize("own", [{SECRETS_ANNOTATION: "x"}, {SECRETS_ANNOTATION: None}, None])
def test_a_pod_template_takes_no_note_away(make_resource: Any, own: Any) -> None:
    resource = make_resource("minimal", {"consumer.podTemplate": {"metadata": {"annotations": own}}})
    assert annotations_of_pods(resource, SECRETS, "consumer") == annotations_of_pods(
        make_resource(), SECRETS, "consumer"
    )


def test_secrets_are_referenced_and_never_copied(make_resource: Any) -> None:
    environment = container(built(make_resource("sasl-tls"))["Deployment/quiz-api"])["env"]
    names = {entry["name"] for entry in environment if "valueFrom" in entry}
    assert names == {"DATABASE_URL", "JWT_SECRET", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"}


@pytest.mark.parametrize(
    ("field", "value", "components"),
    [
        ("api.image", "x/api:2", set()),
        ("api.podTemplate", {"spec": {"priorityClassName": "high"}}, {"api"}),
        ("consumer.image", "c:2", set()),
        ("api.rollout.kafkaPercent", 25, {"api", "consumer"}),
        ("database.secretRef", {"name": "other", "key": "url"}, {"api", "consumer"}),
        ("kafka.topic.partitions", 6, set()),
        ("consumer.replicas", {"pinned": 2}, set()),
        ("api.service", {"port": 8000}, set()),
        ("mode", "Observe", set()),
    ],
)
def test_a_deployment_notes_what_was_asked_of_it(
    make_resource: Any, field: str, value: Any, components: set[str]
) -> None:
    before, after = built(make_resource()), built(make_resource("minimal", {field: value}))
    assert {name for name in ("api", "consumer") if request_of(before, name) != request_of(after, name)} == components


def test_another_release_asks_for_nothing_and_another_secret_waits_by_itself(make_resource: Any) -> None:
    resource = make_resource()
    noted = request_of(built(resource), "api")
    assert request_of(built(resource, release=Release("other/api:2", "other/consumer:2")), "api") == noted
    assert request_of(built(resource, SECRETS | {"ingestor-auth": "0c2d/8"}), "api") == noted


def request_of(manifests: dict[str, Manifest], component: str) -> str:
    noted: str = manifests[f"Deployment/quiz-{component}"]["metadata"]["annotations"][REQUEST_ANNOTATION]
    return noted


def test_a_stopping_api_has_time_to_drain_and_then_to_finish_what_it_took(make_resource: Any) -> None:
    deployment = built(make_resource())["Deployment/quiz-api"]
    drain = next(entry["value"] for entry in container(deployment)["env"] if entry["name"] == "DRAIN_SECONDS")
    # The API is gone within 10 s after its drain: tests/integration/api/test_draining.py.
    assert float(drain) + 10 < deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]


def test_certificates_are_mounted_where_the_settings_say(make_resource: Any) -> None:
    objects_of = built(make_resource("sasl-tls"))
    data = objects_of["ConfigMap/quiz-config"]["data"]
    assert data["KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
    mounts = {mount["mountPath"] for mount in container(objects_of["Deployment/quiz-consumer"])["volumeMounts"]}
    for setting in ("KAFKA_SSL_CA_LOCATION", "KAFKA_SSL_CERTIFICATE_LOCATION", "KAFKA_SSL_KEY_LOCATION"):
        assert data[setting].rsplit("/", 1)[0] in mounts


def test_another_image_or_secret_makes_another_migration_job(make_resource: Any) -> None:
    def job(resource: Resource, secrets: Mapping[str, str] = SECRETS) -> str:
        return next(name for name in built(resource, secrets) if name.startswith("Job/"))

    assert job(make_resource()) == job(make_resource("minimal", {"api.replicas": 9}))
    assert job(make_resource()) != job(make_resource("minimal", {"api.image": "ingestor/api:2"}))
    for rotated in ({"ingestor-database": "0a1b/6"}, {"ingestor-auth": "0c2d/8"}):
        assert job(make_resource()) != job(make_resource(), SECRETS | rotated)


def test_the_digest_is_the_same_however_often_it_is_taken(make_resource: Any) -> None:
    for manifest in built(make_resource("production")).values():
        assert digested(manifest) == manifest


def test_held_images_make_the_deployment_that_had_them(make_resource: Any) -> None:
    before = built(make_resource())["Deployment/quiz-api"]
    after = built(make_resource("minimal", {"api.image": "ingestor/api:2"}))["Deployment/quiz-api"]
    held = with_images(after, {"api": "ingestor/api:1"})
    assert held == before
    assert container(after)["image"] == "ingestor/api:2"


def test_held_pods_make_the_deployment_that_had_them_with_what_else_is_asked_for(make_resource: Any) -> None:
    before = built(make_resource())["Deployment/quiz-api"]
    assert applied_template(before) == before["spec"]["template"]
    changes = {"api.replicas": 5, "api.image": "ingestor/api:2", "api.rollout.kafkaPercent": 5}
    after = built(make_resource("minimal", changes), SECRETS | {"ingestor-auth": "0c2d/8"})["Deployment/quiz-api"]
    held = with_pods_of(before, after)
    assert held["spec"] == before["spec"] | {"replicas": 5}
    assert held == digested(held)
    assert with_pods_of(before, built(make_resource(), {})["Deployment/quiz-api"]) == before


def test_every_pod_meets_the_restricted_security_standard(make_resource: Any) -> None:
    templates = [
        manifest["spec"]["template"]["spec"]
        for name, manifest in built(make_resource("production")).items()
        if name.startswith(("Deployment/", "Job/"))
    ]
    assert len(templates) == 3
    for pod in templates:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        security = pod["containers"][0]["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert pod["automountServiceAccountToken"] is False


@pytest.mark.parametrize("sample", ["minimal", "sasl-tls", "production"])
def test_no_pod_names_a_user_or_group_that_openshift_would_refuse(make_resource: Any, sample: str) -> None:
    for name, manifest in built(make_resource(sample)).items():
        if name.startswith(("Deployment/", "Job/")):
            pod = manifest["spec"]["template"]["spec"]
            contexts = [pod["securityContext"], *(one["securityContext"] for one in pod["containers"])]
            for context in contexts:
                assert not {"runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"} & context.keys()
            # Whoever the service runs as can read its certificates.
            assert {one["secret"]["defaultMode"] for one in pod["volumes"] if "secret" in one} <= {0o444}


def test_labels_and_annotations_take_none_of_the_operators_own_away(make_resource: Any) -> None:
    own = {"app.kubernetes.io/instance": "other", "app.kubernetes.io/managed-by": "me", "team": "quiz"}
    resource = make_resource("minimal", {"api.service": {"labels": own, "annotations": {DIGEST_ANNOTATION: "x"}}})
    metadata = built(resource)["Service/quiz-api"]["metadata"]
    assert metadata["labels"]["app.kubernetes.io/instance"] == "quiz"
    assert metadata["labels"]["app.kubernetes.io/managed-by"] == "ingestor-operator"
    assert metadata["labels"]["team"] == "quiz"
    assert metadata["annotations"][DIGEST_ANNOTATION] != "x"


def test_pods_prefer_to_lie_apart_and_need_not(make_resource: Any) -> None:
    for component in ("api", "consumer"):
        manifest = built(make_resource())[f"Deployment/quiz-{component}"]
        constraints = manifest["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert {one["topologyKey"] for one in constraints} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
        for one in constraints:
            assert one["whenUnsatisfiable"] == "ScheduleAnyway"
            assert one["labelSelector"] == manifest["spec"]["selector"]


def test_a_spreading_of_ones_own_takes_its_place(make_resource: Any) -> None:
    own = [{"maxSkew": 1, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule"}]
    for wanted in (own, None):
        overlay = {"spec": {"topologySpreadConstraints": wanted}}
        manifest = built(make_resource("minimal", {"api.podTemplate": overlay}))["Deployment/quiz-api"]
        assert manifest["spec"]["template"]["spec"].get("topologySpreadConstraints") == wanted


def test_every_container_has_requests_and_a_limit_of_memory(make_resource: Any) -> None:
    for name, manifest in built(make_resource()).items():
        if name.startswith(("Deployment/", "Job/")):
            resources = container(manifest)["resources"]
            assert {"cpu", "memory"} <= resources["requests"].keys()
            assert "memory" in resources["limits"]


def test_the_last_words_of_a_container_come_in_its_pods_status(make_resource: Any) -> None:
    manifests = built(make_resource())
    pods = [manifest for name, manifest in manifests.items() if name.startswith(("Deployment/", "Job/"))]
    assert len(pods) == 3
    for manifest in pods:
        assert container(manifest)["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_the_pods_of_both_services_can_be_asked_what_they_see(make_resource: Any) -> None:
    manifests = built(make_resource())
    for component in COMPONENTS:
        template = manifests[f"Deployment/quiz-{component}"]["spec"]["template"]
        metadata = template["metadata"] | {"name": "p", "uid": "u"}
        pod = {"metadata": metadata, "spec": template["spec"], "status": {"phase": "Running", "podIP": "10.0.0.1"}}
        assert addresses([pod], component) == [Address("p", "u", component, "10.0.0.1", 9090)]


def test_probes_ask_where_the_services_answer(make_resource: Any) -> None:
    objects_of = built(make_resource())
    for name, port in (("Deployment/quiz-api", "http"), ("Deployment/quiz-consumer", "metrics")):
        spec = container(objects_of[name])
        assert spec["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": port}
        assert spec["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": port}
        assert port in {entry["name"] for entry in spec["ports"]}
