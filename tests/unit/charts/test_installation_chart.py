"""What the installation's chart promises of its objects."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from unit.charts.helm import CHARTS, REPOSITORY, helm, objects, rendered, the, values

from ingestor_operator.model.quantity import quantity
from ingestor_operator.model.resource import parse

INSTALLATION = "ingestor"
METADATA = {"name": "quiz", "namespace": "school", "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"}
DATABASE = ("--set", "database.existingSecret.name=ingestor-database")


def test_the_deployment_refers_to_the_secret_that_exists() -> None:
    body = the("IngestorDeployment", rendered(INSTALLATION, *DATABASE))

    assert body["spec"]["database"] == {"secretRef": {"name": "ingestor-database", "key": "url"}}
    assert body["metadata"]["name"] == "quiz"


def test_a_database_url_becomes_a_secret_of_its_own() -> None:
    text = rendered(
        INSTALLATION, "--set", "database.url=postgresql://u:p@db/quiz", "--set", "auth.jwtSecret=" + "s" * 32
    )
    secrets = {body["metadata"]["name"]: body for body in objects(text) if body["kind"] == "Secret"}

    assert secrets["quiz-database"]["stringData"] == {"url": "postgresql://u:p@db/quiz"}
    assert the("IngestorDeployment", text)["spec"]["database"]["secretRef"]["name"] == "quiz-database"


def test_a_token_secret_is_made_where_none_is_given() -> None:
    text = rendered(INSTALLATION, *DATABASE)

    assert the("IngestorDeployment", text)["spec"]["auth"]["jwtSecretRef"] == {"name": "quiz-auth", "key": "jwt-secret"}
    assert len(the("Secret", text)["data"]["jwt-secret"]) >= 43, "at least 32 bytes"


def test_another_version_of_the_chart_writes_the_same_secrets(tmp_path: Path) -> None:
    options = ("--set", "database.url=postgresql://u:p@db/quiz", "--set", "auth.jwtSecret=" + "s" * 32)
    login = ("--set", "kafkaLogin.username=u", "--set", "kafkaLogin.password=p")
    later = tmp_path / "ingestor"
    shutil.copytree(CHARTS / "ingestor", later)
    meta = yaml.safe_load((later / "Chart.yaml").read_text())
    (later / "Chart.yaml").write_text(yaml.safe_dump(meta | {"version": "9.9.9", "appVersion": "9.9.9"}))
    done = helm("template", "quiz", str(later), "--namespace", "school", *options, *login)
    assert done.returncode == 0, done.stderr

    # A write of a Secret, also of a label, replaces the pods that read it.
    now, then = (
        [body for body in objects(text) if body["kind"] == "Secret"]
        for text in (rendered(INSTALLATION, *options, *login), done.stdout)
    )
    assert len(now) == 3
    assert now == then


def test_tokens_of_an_external_issuer_need_no_secret() -> None:
    text = rendered(INSTALLATION, *DATABASE, "--set", "spec.auth.jwksUrl=https://login.example.com/keys")

    assert "Secret" not in {body["kind"] for body in objects(text)}
    assert "jwtSecretRef" not in the("IngestorDeployment", text)["spec"]["auth"]


def test_without_a_database_the_message_says_what_to_give() -> None:
    done = helm("template", "quiz", "charts/ingestor")

    assert "database.existingSecret.name" in done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        "spec.kafka.topic.partitons=3",
        "spec.mode=Sometimes",
        "spec.api.replicas=many",
        "auth.jwtSecret=short",
        "databse=x",
    ],
)
def test_wrong_values_are_refused_before_anything_is_installed(wrong: str) -> None:
    done = helm("template", "quiz", "charts/ingestor", *DATABASE, "--set", wrong)

    assert done.returncode != 0
    assert "schema" in done.stderr


def test_a_route_without_a_gateway_is_refused() -> None:
    done = helm("template", "quiz", "charts/ingestor", *DATABASE, "--set", "httpRoute.enabled=true")

    assert done.returncode != 0
    assert "httpRoute.parentRefs: name a Gateway" in done.stderr


def test_an_ingress_takes_a_wildcard_host() -> None:
    options = (
        "--set",
        "ingress.enabled=true",
        "--set",
        "ingress.host=*.example.com",
        "--set",
        "ingress.tlsSecretName=tls",
    )
    spec = the("Ingress", rendered(INSTALLATION, *DATABASE, *options))["spec"]

    assert spec["rules"][0]["host"] == "*.example.com"
    assert spec["tls"] == [{"secretName": "tls", "hosts": ["*.example.com"]}]


def test_helm_test_may_call_the_api_where_callers_are_named() -> None:
    peer = "networkPolicy.apiFrom[0].namespaceSelector.matchLabels.name=ingress"
    text = rendered(INSTALLATION, *DATABASE, "--set", "networkPolicy.enabled=true", "--set", peer)
    [policy] = [
        body for body in objects(text) if body["kind"] == "NetworkPolicy" and body["metadata"]["name"] == "quiz-api"
    ]
    tester = the("Pod", text)["metadata"]["labels"]

    peers = [peer for rule in policy["spec"]["ingress"] for peer in rule.get("from", []) if "podSelector" in peer]
    assert [peer["podSelector"]["matchLabels"].items() <= tester.items() for peer in peers] == [True]


def test_the_pod_of_helm_test_is_admitted_where_the_others_are() -> None:
    options = ("--set-string", "test.podAnnotations.sidecar\\.istio\\.io/inject=false")
    pod = the("Pod", rendered(INSTALLATION, *DATABASE, *options))
    [container] = pod["spec"]["containers"]

    # A ResourceQuota wants resources, a mesh an annotation; OpenShift chooses the user.
    assert container["resources"]["requests"]
    assert pod["metadata"]["annotations"]["sidecar.istio.io/inject"] == "false"
    assert "runAsUser" not in container["securityContext"]


def test_development_fits_a_node_of_two_cpus_with_a_rollout_and_three_consumers() -> None:
    body = the("IngestorDeployment", rendered(INSTALLATION, *values(INSTALLATION, "development")))
    spec = parse(body | {"metadata": METADATA}).spec
    others = [
        document
        for name in ("kafka", "postgres", "prometheus")
        for document in yaml.safe_load_all((REPOSITORY / f"k8s/dev/{name}.yaml").read_text())
    ]
    pods = [body["spec"]["template"]["spec"] for body in others if "template" in body.get("spec", {})]
    pods += [the("Deployment", rendered("ingestor-operator"))["spec"]["template"]["spec"]]
    asked = sum(cpu(container["resources"]) for pod in pods for container in pod["containers"])
    # A rollout has one pod more of each; the migration and the pod of `helm test` run beside them.
    asked += (spec.api.replicas + 1) * cpu(spec.api.resources.model_dump())
    asked += (3 + 1) * cpu(spec.consumer.resources.model_dump())
    asked += cpu(spec.migration.resources.model_dump())
    asked += cpu(the("Pod", rendered(INSTALLATION, *DATABASE))["spec"]["containers"][0]["resources"])
    # What kubeadm's own pods ask for on a node of kind: API server, scheduler, controllers, etcd, DNS, network.
    system = Decimal("0.25") + Decimal("0.1") + Decimal("0.2") + Decimal("0.1") + 2 * Decimal("0.1") + Decimal("0.1")

    assert asked + system <= Decimal(2)


def test_development_reads_the_secret_that_k8s_dev_makes() -> None:
    """Proves: the commands of the pages, which write that Secret, reach the installation on kind."""
    body = the("IngestorDeployment", rendered(INSTALLATION, *values(INSTALLATION, "development")))
    made = yaml.safe_load_all((REPOSITORY / "k8s/dev/postgres.yaml").read_text())
    [secret] = [document for document in made if document["kind"] == "Secret"]
    ref = body["spec"]["database"]["secretRef"]

    assert ref["name"] == secret["metadata"]["name"]
    assert ref["key"] in secret["stringData"]


def cpu(resources: dict[str, Any]) -> Decimal:
    asked = quantity(resources["requests"]["cpu"])
    assert asked is not None
    return asked


def test_every_metric_of_dashboard_and_rules_is_one_the_product_has() -> None:
    sources = [*REPOSITORY.glob("services/*/*/metrics.py"), REPOSITORY / "operator/ingestor_operator/metrics.py"]
    code = "".join(path.read_text() for path in sources)
    dashboard = json.loads((CHARTS / "ingestor/files/dashboards/ingestor.json").read_text())
    rules = yaml.safe_load((CHARTS / "ingestor/files/rules.yaml").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]

    for expression in expressions:
        names = {word for word in _words(expression) if word.startswith("ingestor_")}
        assert names
        for name in names:
            assert name.removesuffix("_bucket") in code, name


def _words(expression: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "_" else " " for letter in expression).split()


def test_a_person_allows_things_by_annotations_of_the_resource() -> None:
    option = "annotations.ingestor\\.dev/allow-partition-increase=true"
    text = rendered(INSTALLATION, *DATABASE, "--set-string", option)
    assert the("IngestorDeployment", text)["metadata"]["annotations"] == {
        "ingestor.dev/allow-partition-increase": "true"
    }
