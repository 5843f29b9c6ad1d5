"""What the operator's chart promises of its objects."""

import pytest
import yaml
from unit.charts.helm import REPOSITORY, SHAPES, helm, objects, rendered, the, values

OPERATOR = "ingestor-operator"
_NAMESPACED = ("--set", "watchNamespace=school")


def test_the_crd_is_the_operators_own_and_stays_at_uninstallation() -> None:
    crd = the("CustomResourceDefinition", rendered(OPERATOR))
    source = yaml.safe_load((REPOSITORY / "k8s/crd/ingestordeployments.yaml").read_text())

    assert crd["spec"] == source["spec"]
    assert crd["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_the_crd_may_be_left_to_others_or_go_with_the_chart() -> None:
    kinds = [body["kind"] for body in objects(rendered(OPERATOR, "--set", "crds.enabled=false"))]
    going = the("CustomResourceDefinition", rendered(OPERATOR, "--set", "crds.keep=false"))

    assert "CustomResourceDefinition" not in kinds
    assert not going["metadata"].get("annotations")


def test_one_namespace_means_rights_in_that_namespace_alone() -> None:
    text = rendered(OPERATOR, *_NAMESPACED)
    kinds = {body["kind"] for body in objects(text)}

    assert not {"ClusterRole", "ClusterRoleBinding"} & kinds
    assert the("Role", text)["metadata"]["namespace"] == "school"
    assert "--namespace=school" in the("Deployment", text)["spec"]["template"]["spec"]["containers"][0]["args"]


def test_the_rights_are_those_the_operator_ships() -> None:
    for options, file, kind in (((), "cluster-role", "ClusterRole"), (_NAMESPACED, "role", "Role")):
        source = yaml.safe_load((REPOSITORY / f"k8s/rbac/{file}.yaml").read_text())
        assert the(kind, rendered(OPERATOR, *options))["rules"] == source["rules"]


def test_one_pod_is_replaced_and_several_take_turns() -> None:
    one, two = the("Deployment", rendered(OPERATOR)), the("Deployment", rendered(OPERATOR, "--set", "replicas=2"))

    assert one["spec"]["strategy"]["type"] == "Recreate"
    assert two["spec"]["strategy"]["type"] == "RollingUpdate"
    assert "--leader-elect" in two["spec"]["template"]["spec"]["containers"][0]["args"]


def test_pods_prefer_to_lie_apart_and_need_not() -> None:
    deployment = the("Deployment", rendered(OPERATOR, "--set", "replicas=2"))
    constraints = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
    own = "topologySpreadConstraints[0].topologyKey=rack"
    given = the("Deployment", rendered(OPERATOR, "--set", own))["spec"]["template"]["spec"]

    assert {one["whenUnsatisfiable"] for one in constraints} == {"ScheduleAnyway"}
    assert all(one["labelSelector"] == deployment["spec"]["selector"] for one in constraints)
    assert given["topologySpreadConstraints"] == [{"topologyKey": "rack"}]


@pytest.mark.parametrize("shape", [shape for chart, shape in SHAPES if chart == OPERATOR])
def test_every_pod_meets_the_restricted_standard(shape: str) -> None:
    bodies = objects(rendered(OPERATOR, *values(OPERATOR, shape)))
    pods = [body["spec"] for body in bodies if body["kind"] == "Pod"]
    pods += [body["spec"]["template"]["spec"] for body in bodies if body["kind"] == "Deployment"]

    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            security = container["securityContext"]
            assert not security["allowPrivilegeEscalation"]
            assert security["readOnlyRootFilesystem"]
            assert security["capabilities"] == {"drop": ["ALL"]}
            # OpenShift chooses the user, and a ResourceQuota wants resources.
            assert "runAsUser" not in security
            assert container["resources"]["requests"]


@pytest.mark.parametrize("wrong", ["replicas=-1", "logLevel=LOUD", "imagee.tag=1", "networkPolicy.kafkaPorts={}"])
def test_wrong_values_are_refused_before_anything_is_installed(wrong: str) -> None:
    done = helm("template", "quiz", f"charts/{OPERATOR}", "--set", wrong)

    assert done.returncode != 0
    assert wrong.partition("=")[0].partition(".")[0] in done.stderr


def test_the_network_policies_let_the_operator_ask_the_pods() -> None:
    out = the("NetworkPolicy", rendered(OPERATOR, *values(OPERATOR, "production")))["spec"]["egress"]
    (to_pods,) = [rule for rule in out if rule["ports"] == [{"port": 9090, "protocol": "TCP"}]]
    assert to_pods["to"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/managed-by": OPERATOR}

    bodies = objects(rendered("ingestor", *values("ingestor", "production")))
    policies = [body["spec"] for body in bodies if body["kind"] == "NetworkPolicy"]
    ingress = [policy["ingress"] for policy in policies if "ingress" in policy]
    assert len(ingress) == 2
    for rules in ingress:
        (metrics,) = [rule for rule in rules if rule["ports"][0]["port"] == "metrics"]
        operator = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app.kubernetes.io/name": OPERATOR}}}
        assert operator in metrics["from"]
