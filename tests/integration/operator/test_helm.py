"""The charts on a real API server: a second operator, who owns the CRD, a release that is rolled back, Secrets that
somebody has changed, and a resource that is being deleted."""

import json
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from integration.operator.cluster import Tenant, kubectl
from integration.operator.kube import REPOSITORY
from prerequisites import missing

CRD = "crd/ingestordeployments.ingestor.dev"
Helm = Callable[..., str]
_MARKS = ("meta.helm.sh/release-name", "meta.helm.sh/release-namespace", "helm.sh/resource-policy")


@pytest.fixture
def helm(place: Tenant) -> Helm:
    """Runs helm as the administrator; gives what it prints, and fails with its words."""
    if not shutil.which("helm"):
        missing("helm is not on PATH; these tests need it", required_by="INGESTOR_REQUIRE_KUBE")

    def run(*arguments: str) -> str:
        command = ["helm", "--kubeconfig", str(place.admin), *arguments]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def namespaces(place: Tenant) -> Iterator[tuple[str, str]]:
    """Two namespaces for operators."""
    made = f"one-{uuid4().hex[:8]}", f"two-{uuid4().hex[:8]}"
    yield made
    for name in made:
        place.kubectl("delete", "namespace", name, "--wait=false")


def crd(place: Tenant) -> dict[str, str]:
    body = json.loads(place.kubectl("get", CRD, "-o", "json"))
    return dict(body["metadata"].get("annotations") or {})


def test_a_second_operator_is_installed_beside_the_one_that_owns_the_crd(
    place: Tenant, helm: Helm, namespaces: tuple[str, str]
) -> None:
    one, two = namespaces
    chart = "charts/ingestor-operator"
    try:
        # Applied with kubectl, as somebody who does without Helm would.
        notes = helm("install", "first", chart, "--namespace", one, "--create-namespace")
        assert "belongs to somebody who does not use Helm" in notes
        assert _MARKS[0] not in crd(place)
        taking = ("--set", "crds.takeOwnership=true", "--take-ownership")
        helm("upgrade", "first", chart, "--namespace", one, *taking)
        assert crd(place)[_MARKS[0]] == "first"
        serving = ("--set", f"watchNamespace={place.name}")
        notes = helm("install", "second", chart, "--namespace", two, "--create-namespace", *serving)
        assert f"belongs to release first of namespace {one}" in notes
        # The same name in another namespace is another release.
        assert f"release first of namespace {one}" in helm("install", "first", chart, "--namespace", two)
        helm("upgrade", "second", chart, "--namespace", two, *serving)
        helm("uninstall", "first", "--namespace", two)
        helm("uninstall", "second", "--namespace", two)
        # Its own upgrade goes on bringing the CRD.
        assert "belongs to" not in helm("upgrade", "first", chart, "--namespace", one)
        assert crd(place)[_MARKS[0]] == "first"
        helm("uninstall", "first", "--namespace", one)
        assert crd(place)[_MARKS[0]] == "first"
    finally:
        place.kubectl("annotate", CRD, *(f"{mark}-" for mark in _MARKS))


def test_the_kustomize_base_is_applied(place: Tenant) -> None:
    options = ("--server-side", "--force-conflicts", "--validate=strict")
    try:
        kubectl(place.server, place.admin, "apply", *options, "-k", str(REPOSITORY / "k8s/operator"))
        get = ("-n", "ingestor-system", "get", "deployment", "ingestor-operator", "-o", "name")
        assert kubectl(place.server, place.admin, *get)
    finally:
        place.kubectl("delete", "namespace", "ingestor-system", "--wait=false")
        place.kubectl("delete", "clusterrolebinding,clusterrole", "ingestor-operator")


@pytest.mark.parametrize("named", [True, False], ids=["partitions-named-before", "partitions-not-named-before"])
def test_a_release_is_rolled_back_past_a_partition_increase(place: Tenant, helm: Helm, named: bool) -> None:
    name = f"q{uuid4().hex[:8]}"
    common: tuple[str, ...] = (
        "charts/ingestor",
        "--namespace",
        place.name,
        "--set",
        "database.existingSecret.name=ingestor-database",
    )
    # Helm takes a map away with all that is in it where the older manifest has none.
    common += ("--set", "spec.consumer.replicas.min=1")
    before = ("--set", "spec.kafka.topic.partitions=3") if named else ()
    more = ("--set", "spec.kafka.topic.partitions=6", "--set", "spec.consumer.replicas.max=6")
    helm("install", name, *common, *before)
    try:
        helm("upgrade", name, *common, *more)
        # By hand, so that it is no value of the chart.
        place.kubectl("scale", "ingd", name, "--replicas=5")
        helm("rollback", name, "1", "--namespace", place.name)
        spec = place.kube.resource(name)["spec"]
        assert spec["kafka"]["topic"]["partitions"] == 3
        assert spec["consumer"]["replicas"] == {"min": 1, "pinned": 5}
        helm("upgrade", name, *common, *more)
    finally:
        helm("uninstall", name, "--namespace", place.name)


@dataclass(frozen=True)
class Written:
    """A Secret that the chart writes from values: its name behind the installation's, a key, and the value's name."""

    name: str
    key: str
    value: str
    others: tuple[str, ...] = ()


DATABASE = "database.existingSecret.name=ingestor-database"
WRITTEN = [
    Written("database", "url", "database.url"),
    Written("auth", "jwt-secret", "auth.jwtSecret", (DATABASE,)),
    Written("kafka", "password", "kafkaLogin.password", (DATABASE, "kafkaLogin.username=u")),
]
FIRST, SECOND, THIRD = (f"postgresql://u:{word}@db.example.com:5432/quiz" for word in ("first", "second", "third"))


@pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written.value)
def test_a_secret_that_somebody_changed_is_not_written_back(place: Tenant, helm: Helm, written: Written) -> None:
    """Proves: the upgrade after a restore is refused with what to do, until values and Secret say the same."""
    name = f"q{uuid4().hex[:8]}"
    secret = f"{name}-{written.name}"
    others = tuple(part for other in written.others for part in ("--set", other))

    def upgrade(text: str) -> None:
        options = ("--namespace", place.name, *others, "--set", f"{written.value}={text}")
        helm("upgrade", "--install", name, "charts/ingestor", *options)

    def change(text: str) -> None:
        place.kubectl("patch", "secret", secret, "--type=merge", "-p", json.dumps({"stringData": {written.key: text}}))

    def holds() -> str:
        coded: str = json.loads(place.kubectl("get", "secret", secret, "-o", "json"))["data"][written.key]
        return b64decode(coded).decode()

    upgrade(FIRST)
    try:
        upgrade(SECOND)
        assert holds() == SECOND, "what the chart wrote, it changes"
        change(THIRD)
        for text in (FIRST, SECOND):
            with pytest.raises(AssertionError, match=f"Secret {secret} was changed after this chart wrote it"):
                upgrade(text)
        assert holds() == THIRD
        upgrade(THIRD)
        assert holds() == THIRD
        upgrade(SECOND)
        assert holds() == SECOND, "it is the chart's again"
        change(THIRD)
        place.kubectl("annotate", "secret", secret, "ingestor.dev/written-")
        upgrade(SECOND)
        assert holds() == SECOND, "as the message says to overwrite it"
    finally:
        helm("uninstall", name, "--namespace", place.name)
        place.kubectl("delete", "secret", secret, "--ignore-not-found")


def test_a_token_secret_that_the_chart_made_is_kept_as_somebody_changed_it(place: Tenant, helm: Helm) -> None:
    name = f"q{uuid4().hex[:8]}"
    secret = f"{name}-auth"
    options = ("charts/ingestor", "--namespace", place.name, "--set", DATABASE)
    helm("install", name, *options)
    try:
        patch = json.dumps({"stringData": {"jwt-secret": FIRST}})
        place.kubectl("patch", "secret", secret, "--type=merge", "-p", patch)
        before = json.loads(place.kubectl("get", "secret", secret, "-o", "json"))
        helm("upgrade", name, *options)
        after = json.loads(place.kubectl("get", "secret", secret, "-o", "json"))
        assert b64decode(after["data"]["jwt-secret"]).decode() == FIRST
        # Another write would replace the pods.
        assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    finally:
        helm("uninstall", name, "--namespace", place.name)
        place.kubectl("delete", "secret", secret, "--ignore-not-found")


def test_nothing_is_installed_onto_what_is_being_deleted(place: Tenant, helm: Helm) -> None:
    """Proves: Helm does not say `deployed` of an installation that goes."""
    name = f"q{uuid4().hex[:8]}"
    options = ("charts/ingestor", "--namespace", place.name, "--set", DATABASE)
    helm("install", name, *options)
    place.kubectl("patch", "ingd", name, "--type=merge", "-p", '{"metadata":{"finalizers":["ingestor.dev/test"]}}')
    try:
        helm("uninstall", name, "--namespace", place.name)
        with pytest.raises(AssertionError, match=f"IngestorDeployment {name} is still being deleted"):
            helm("install", name, *options)
    finally:
        place.kubectl("patch", "ingd", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    place.kubectl("wait", f"ingd/{name}", "--for=delete", "--timeout=60s")
    helm("install", name, *options)
    helm("uninstall", name, "--namespace", place.name)
