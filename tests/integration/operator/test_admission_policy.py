"""The sample of a ValidatingAdmissionPolicy refuses what it should, in a sentence, and admits the rest."""

from collections.abc import Iterator

import pytest
from integration.operator.cluster import Tenant
from integration.operator.kube import REPOSITORY, Body, Kube, eventually, merged, sample
from lightkube.core.exceptions import ApiError

POLICY = str(REPOSITORY / "k8s/samples/platform/admission-policy.yaml")
IMAGE = "registry.example.com/ingestor/api:0.1.0"
FOREIGN = {"kafka": {"bootstrapServers": "kafka.elsewhere.svc:9092"}}
ENVIRONMENT = [{"name": "FORWARDED_ALLOW_IPS", "value": "10.0.0.0/8"}]


def pod(**spec: object) -> Body:
    return {"api": {"podTemplate": {"spec": spec}}}


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
    {"api": {"podTemplate": {"metadata": {"annotations": {"a": "b"}}}}},
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


@pytest.mark.parametrize("name", ["minimal", "observe-only", "sasl-tls"])
def test_it_admits_the_samples_that_use_what_is_on_its_lists(kube: Kube, name: str) -> None:
    body = sample(name)
    body["metadata"] = {"name": f"sample-{name}", "namespace": kube.namespace}
    assert _refusal(kube, body) == ""


def test_what_was_there_before_may_be_labelled_but_not_made_worse(kube: Kube, before: str) -> None:
    kind = ("ingestor.dev/v1alpha1", "IngestorDeployment", before)
    kube.patch(*kind, {"metadata": {"labels": {"team": "a"}}})
    with pytest.raises(ApiError, match="kafka.bootstrapServers have to be among"):
        kube.patch(*kind, {"spec": {"paused": True}})
