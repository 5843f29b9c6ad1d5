"""The sample of a ValidatingAdmissionPolicy refuses what it should, in a sentence, and admits the rest."""

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.operator.cluster import Tenant
from integration.operator.kube import REPOSITORY, Body, Kube, eventually, merged, sample
from lightkube.core.exceptions import ApiError
from prerequisites import missing
from unit.charts.helm import rendered, the, values

POLICY = str(REPOSITORY / "k8s/samples/platform/admission-policy.yaml")
IMAGE = "registry.example.com/ingestor/api:0.1.0"
FOREIGN = {"kafka": {"bootstrapServers": "kafka.elsewhere.svc:9092"}}
ENVIRONMENT = [{"name": "FORWARDED_ALLOW_IPS", "value": "10.0.0.0/8"}]


def pod(**spec: object) -> Body:
    return {"api": {"podTemplate": {"spec": spec}}}


def described(**metadata: object) -> Body:
    return {"api": {"podTemplate": {"metadata": metadata}}}


def containers(*wanted: Body) -> Body:
    return pod(containers=[*wanted])


REFUSED: list[tuple[Body, str]] = [
    ({"api": {"image": "registry.example.com/other:1"}}, "images have to begin with"),
    ({"consumer": {"image": "docker.io/miner:1"}}, "images have to begin with"),
    ({"database": {"secretRef": {"name": "payroll", "key": "url"}}}, "Secrets have to be among"),
    ({"auth": {"jwtSecretRef": {"name": "payroll", "key": "key"}}}, "Secrets have to be among"),
    ({"kafka": {"tls": {"caSecretRef": {"name": "payroll"}}}}, "Secrets have to be among"),
    ({"kafka": {"tls": {"clientSecretRef": {"name": "payroll"}}}}, "Secrets have to be among"),
    ({"kafka": {"sasl": {"secretRef": {"name": "payroll"}}}}, "Secrets have to be among"),
    (FOREIGN, "kafka.bootstrapServers have to be among"),
    ({"kafka": {"bootstrapServers": "kafka.school.svc:9092,evil:9092"}}, "kafka.bootstrapServers have to be among"),
    (pod(serviceAccountName="builder"), "podTemplate.spec may have"),
    (pod(volumes=[{"name": "s", "secret": {"secretName": "payroll"}}]), "podTemplate.spec may have"),
    (pod(initContainers=[{"name": "x", "image": IMAGE}]), "podTemplate.spec may have"),
    (pod(hostNetwork=True), "podTemplate.spec may have"),
    (pod(priorityClassName="system-cluster-critical"), "podTemplate.spec may have"),
    (described(annotations={"sidecar.istio.io/proxyImage": "docker.io/miner:1"}), "labels and annotations of pods"),
    (described(annotations={"vault.hashicorp.com/agent-inject": "true"}), "labels and annotations of pods"),
    (described(labels={"azure.workload.identity/use": "true"}), "labels and annotations of pods"),
    (described(labels={"school.example.com/team": "a", "other": "b"}), "labels and annotations of pods"),
    (described(finalizers=["a/b"]), "podTemplate.metadata may have"),
    ({"consumer": {"podTemplate": {"metadata": {"labels": {"a": "b"}}}}}, "labels and annotations of pods"),
    ({"migration": {"podTemplate": {"metadata": {"labels": {"a": "b"}}}}}, "labels and annotations of pods"),
    ({"api": {"service": {"annotations": {"lb.example.com/certificate": "a"}}}}, "labels and annotations of pods"),
    ({"api": {"service": {"labels": {"expose": "true"}}}}, "labels and annotations of pods"),
    (containers({"name": "api", "env": [{"name": "LOG_LEVEL", "value": "$(DATABASE_URL)"}]}), "env of a podTemplate"),
    (pod(imagePullSecrets=[{"name": "payroll"}]), "imagePullSecrets have to be among"),
    (containers({"name": "miner", "image": IMAGE}), "containers of a podTemplate may be"),
    (containers({"name": "api", "image": "docker.io/miner:1"}), "containers of a podTemplate may be"),
    (containers({"name": "api", "command": ["sh"]}), "containers of a podTemplate may be"),
    (containers({"name": "api", "envFrom": [{"secretRef": {"name": "payroll"}}]}), "containers of a podTemplate may"),
    (
        containers(
            {"name": "api", "env": [{"name": "LOG_LEVEL", "valueFrom": {"secretKeyRef": {"name": "p", "key": "k"}}}]}
        ),
        "env of a podTemplate may set",
    ),
    (containers({"name": "api", "env": [{"name": "KAFKA_BROKERS", "value": "evil:9092"}]}), "env of a podTemplate"),
    ({"consumer": {"podTemplate": {"spec": {"hostPID": True}}}}, "podTemplate.spec may have"),
    ({"migration": {"podTemplate": {"spec": {"serviceAccountName": "builder"}}}}, "podTemplate.spec may have"),
    (
        {"migration": {"podTemplate": {"spec": {"containers": [{"name": "migrate", "command": ["sh"]}]}}}},
        "containers of a podTemplate may be",
    ),
    ({"api": {"serviceAccount": {"annotations": {"iam.example.com/role": "admin"}}}}, "annotations of the"),
    ({"consumer": {"serviceAccount": {"annotations": {"iam.example.com/role": "admin"}}}}, "annotations of the"),
]
ADMITTED: list[Body] = [
    {},
    {"mode": "Observe", "paused": True},
    {"api": {"image": IMAGE, "replicas": 3}, "consumer": {"image": "registry.example.com/ingestor/consumer:0.1.0"}},
    {"api": {"podTemplate": {"metadata": {"annotations": {"prometheus.io/scrape": "true"}}}}},
    {"api": {"podTemplate": {"metadata": {"labels": {"school.example.com/team": "a"}}}}},
    {"api": {"service": {"annotations": {"school.example.com/contact": "a"}}}},
    pod(nodeSelector={"disk": "fast"}, tolerations=[{"operator": "Exists"}], imagePullSecrets=[{"name": "kafka-ca"}]),
    containers({"name": "api", "env": ENVIRONMENT, "resources": {"limits": {"memory": "1Gi"}}}),
    {"migration": {"resources": {"requests": {"cpu": "100m"}}, "podTemplate": {"spec": {"tolerations": []}}}},
    {"kafka": {"bootstrapServers": "broker-0.example.com:9094, broker-1.example.com:9094"}},
]


@pytest.fixture(scope="module")
def before(place: Tenant, kube: Kube) -> str:
    """A resource that was there before the policy."""
    kube.create(_body("before", kube, {"kafka": {"bootstrapServers": "kafka.elsewhere.svc:9092"}}))
    return "before"


@pytest.fixture(scope="module", autouse=True)
def _policy(place: Tenant, kube: Kube, before: str) -> Iterator[None]:
    place.kubectl("label", "namespace", place.name, "ingestor.dev/narrow=true")
    place.kubectl("apply", "--server-side", "--namespace=", "--filename", POLICY)
    try:
        # The API server takes a moment until it asks a new policy.
        eventually(lambda: "kafka.bootstrapServers" in _refusal(kube, _body("probe", kube, FOREIGN)))
        yield
    finally:
        place.kubectl("delete", "--namespace=", "--filename", POLICY, "--wait=false")


def _body(name: str, kube: Kube, spec: Body) -> Body:
    body = sample("minimal")
    body["metadata"] = {"name": name, "namespace": kube.namespace}
    body["spec"] = merged(body["spec"], spec)
    return body


def _refusal(kube: Kube, body: Body) -> str:
    """Why the resource is refused; it is deleted again where it is not."""
    try:
        kube.create(body)
    except ApiError as error:
        return str(error.status.message)
    kube.delete("ingestor.dev/v1alpha1", "IngestorDeployment", body["metadata"]["name"])
    return ""


@pytest.mark.parametrize(("spec", "said"), REFUSED)
def test_it_refuses(kube: Kube, spec: Body, said: str) -> None:
    assert said in _refusal(kube, _body("refused", kube, spec))


@pytest.mark.parametrize("spec", ADMITTED)
def test_it_admits(kube: Kube, spec: Body) -> None:
    assert _refusal(kube, _body("admitted", kube, spec)) == ""


@pytest.mark.parametrize("name", ["minimal", "observe-only", "sasl-tls", "production"])
def test_it_admits_the_other_samples(kube: Kube, name: str) -> None:
    body = sample(name)
    body["metadata"] = {"name": f"sample-{name}", "namespace": kube.namespace}
    assert _refusal(kube, body) == ""


@pytest.mark.parametrize("shape", ["default", "production"])
def test_it_admits_what_the_chart_installs_as_quiz(kube: Kube, shape: str) -> None:
    """Proves: the steps of install.md work in a narrowed namespace with the sample's lists."""
    if not shutil.which("helm"):
        missing("helm is not on PATH; it renders the chart", required_by="INGESTOR_REQUIRE_KUBE")
    body = the("IngestorDeployment", rendered("ingestor", *values("ingestor", shape)))
    body["metadata"]["namespace"] = kube.namespace
    assert _refusal(kube, body) == ""


WRONG: dict[str, Body] = {
    "miner:1": {"consumer": {"image": "miner:1"}},
    "payroll": {"database": {"secretRef": {"name": "payroll", "key": "url"}}},
    "salaries": {"kafka": {"sasl": {"secretRef": {"name": "salaries"}}}},
    "evil:9092": {"kafka": {"bootstrapServers": "kafka.school.svc:9092,evil:9092"}},
    "team": {"api": {"service": {"labels": {"team": "a"}}}},
    "pull": {"api": {"podTemplate": {"spec": {"imagePullSecrets": [{"name": "pull"}]}}}},
    "ServiceAccounts": {"api": {"serviceAccount": {"annotations": {"a": "b"}}}},
    "podTemplate.spec may have": {"migration": {"podTemplate": {"spec": {"hostPID": True}}}},
}


@given(st.lists(st.sampled_from(sorted(WRONG)), min_size=1, unique=True))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_message_names_all_that_is_wrong_and_nothing_else(kube: Kube, wrong: list[str]) -> None:
    spec: Body = {}
    for name in wrong:
        spec = merged(spec, WRONG[name])
    # What is behind "not:" is the resource's, what is before it the list's.
    said = _refusal(kube, _body("refused", kube, spec))
    assert {name for name in WRONG if name in said} == set(wrong)


def test_what_was_there_before_may_be_labelled_but_not_made_worse(kube: Kube, before: str) -> None:
    kind = ("ingestor.dev/v1alpha1", "IngestorDeployment", before)
    kube.patch(*kind, {"metadata": {"labels": {"team": "a"}}})
    with pytest.raises(ApiError, match="kafka.bootstrapServers have to be among"):
        kube.patch(*kind, {"spec": {"paused": True}})


def test_no_topic_is_taken_over(kube: Kube, before: str) -> None:
    adopts = {"ingestor.dev/adopt-topic": "true"}
    body = _body("adopts", kube, {})
    body["metadata"]["annotations"] = adopts
    assert "ingestor.dev/adopt-topic may not be set" in _refusal(kube, body)
    kube.create(_body("later", kube, {}))
    for name, said in (("later", "ingestor.dev/adopt-topic may not be set"), (before, "is forbidden")):
        kind = ("ingestor.dev/v1alpha1", "IngestorDeployment", name)
        with pytest.raises(ApiError, match=said):
            kube.patch(*kind, {"metadata": {"annotations": adopts}})
        kube.patch(*kind, {"metadata": {"annotations": {"ingestor.dev/allow-partition-increase": "true"}}})
