"""What people may give the charts: any release name, labels like the charts' own, and nothing that is said twice."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.charts.helm import CHARTS, helm

from ingestor_operator.crd.definition import MAX_NAME

DATABASE = ("--set", "database.existingSecret.name=ingestor-database")
EVERYTHING: dict[str, tuple[str, ...]] = {
    "ingestor": (
        *DATABASE,
        *("--set", "ingress.enabled=true", "--set", "networkPolicy.enabled=true"),
        *("--set", "dashboards.enabled=true", "--set", "rules.enabled=true"),
        *("--set", "httpRoute.enabled=true", "--set", "httpRoute.parentRefs[0].name=gateway"),
        *("--set", "kafkaLogin.username=u", "--set", "kafkaLogin.password=p"),
    ),
    "ingestor-operator": (
        *("--set", "replicas=2", "--set", "networkPolicy.enabled=true"),
        *("--set", "metrics.serviceMonitor.enabled=true"),
    ),
}
"""Values with which every template makes its objects."""

DNS_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
"""Of a Service (RFC 1035), and of an IngestorDeployment, whose name becomes that of one."""
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_PART = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
RELEASE_NAMES = st.from_regex(rf"\A{_PART}(\.{_PART})*\Z").filter(lambda name: len(name) <= 53)
"""As Helm takes them (pkg/chart/common/util, ValidateReleaseName)."""


class NoKeyTwice(yaml.SafeLoader):
    """Refuses a mapping that has a key twice; PyYAML takes the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key twice: {keys}"
        return dict(super().construct_mapping(node, deep=deep))


def rendered(chart: str, release: str, *options: str) -> list[dict[str, Any]]:
    """The objects. Raises AssertionError where helm refuses the values, or a key is there twice."""
    done = helm("template", release, f"charts/{chart}", "--namespace", "123", *EVERYTHING[chart], *options)
    assert done.returncode == 0, done.stderr
    return [body for body in yaml.load_all(done.stdout, NoKeyTwice) if body]


def labels(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of labels, wherever it stands; CRDs have none but in their metadata."""
    if isinstance(value, list):
        for item in value:
            yield from labels(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in ("labels", "matchLabels") and isinstance(inner, dict):
                yield inner
            yield from labels(inner)


@pytest.mark.parametrize("chart", sorted(EVERYTHING))
@settings(max_examples=15, deadline=None)
@given(RELEASE_NAMES)
@example("a" * 53)
@example("1" * 53)
@example("a" + 51 * "-" + "z")
@example("1quiz")
@example("quiz.school")
@example("123")
@example("1e3")
@example("0x1f")
@example("2026-01-01")
@example("true")
@example("null")
@example("no")
def test_every_release_name_makes_objects_that_kubernetes_takes(chart: str, release: str) -> None:
    for body in rendered(chart, release):
        kind, name = body["kind"], body["metadata"]["name"]
        assert isinstance(name, str)
        assert body["metadata"].get("namespace", "123") == "123"
        assert DNS_SUBDOMAIN.fullmatch(name), (kind, name)
        assert len(name) <= 63
        if kind in ("Service", "IngestorDeployment"):
            assert DNS_LABEL.fullmatch(name), (kind, name)
        if kind == "IngestorDeployment":
            assert len(name) <= MAX_NAME
        if kind == "CustomResourceDefinition":
            continue
        for one in labels(body):
            for value in one.values():
                assert isinstance(value, str)
                assert LABEL_VALUE.fullmatch(value)
                assert len(value) <= 63


OURS = ("app.kubernetes.io/name", "app.kubernetes.io/instance", "helm.sh/hook")
GIVEN = {
    "ingestor": ("dashboards.labels", "rules.labels", "test.podAnnotations"),
    "ingestor-operator": ("podLabels", "podAnnotations", "metrics.serviceMonitor.labels"),
}


@pytest.mark.parametrize(("chart", "where"), [(chart, where) for chart in GIVEN for where in GIVEN[chart]])
def test_labels_and_annotations_like_the_charts_own_leave_those_as_they_are(chart: str, where: str) -> None:
    options = [
        option
        for name in (*OURS, "team")
        for option in ("--set-string", f"{where}.{name.replace('.', chr(92) + '.')}=given")
    ]
    before, after = rendered(chart, "quiz"), rendered(chart, "quiz", *options)
    assert len(before) == len(after)
    changed = 0
    for plain, body in zip(before, after, strict=True):
        for old, new in zip(metadata(plain), metadata(body), strict=True):
            assert {key: new[key] for key in old if key in OURS} == {key: old[key] for key in old if key in OURS}
            changed += "team" in new
    assert changed == (2 if where == "podAnnotations" else 1)


def metadata(body: dict[str, Any]) -> list[dict[str, str]]:
    """Labels and annotations of the object and of its pods."""
    pods = body.get("spec", {}).get("template", {}).get("metadata", {})
    return [holder.get(part) or {} for holder in (body["metadata"], pods) for part in ("labels", "annotations")]


LOGIN = ("kafkaLogin.username=u", "kafkaLogin.password=p")
TOKENS = "auth.jwtSecret=" + "s" * 32
REFERENCE = ("spec.database.secretRef.name=d", "spec.database.secretRef.key=url")
TWICE = [
    (("database.url=postgresql://u:p@db/quiz", "database.existingSecret.name=d"), "database.url"),
    ((*REFERENCE, "database.existingSecret.name=d"), "spec.database.secretRef"),
    ((*REFERENCE, "database.url=postgresql://u:p@db/quiz"), "spec.database.secretRef"),
    ((TOKENS, "auth.existingSecret.name=a"), "auth.jwtSecret"),
    ((TOKENS, "spec.auth.jwtSecretRef.name=a", "spec.auth.jwtSecretRef.key=k"), "spec.auth.jwtSecretRef"),
    (
        ("auth.existingSecret.name=a", "spec.auth.jwtSecretRef.name=a", "spec.auth.jwtSecretRef.key=k"),
        "spec.auth.jwtSecretRef",
    ),
    ((*LOGIN, "spec.kafka.sasl.secretRef.name=k"), "spec.kafka.sasl"),
    (LOGIN[:1], "kafkaLogin.password"),
    (LOGIN[1:], "kafkaLogin.username"),
]


@pytest.mark.parametrize(("given", "named"), TWICE)
def test_what_would_silently_not_count_is_refused_with_a_sentence(given: tuple[str, ...], named: str) -> None:
    database = () if any("database" in value for value in given) else DATABASE
    options = [option for value in given for option in ("--set", value)]
    done = helm("template", "quiz", str(CHARTS / "ingestor"), *database, *options)

    assert done.returncode != 0
    assert named in done.stderr
    assert "give" in done.stderr or "name the Secret" in done.stderr


def paths(values: dict[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Each value's path, sections too, and its default."""
    for key, value in values.items():
        yield ".".join((*before, key)), value
        if isinstance(value, dict):
            yield from paths(value, (*before, key))


DEFAULTS = {chart: yaml.safe_load((CHARTS / chart / "values.yaml").read_text()) for chart in EVERYTHING}
FREE = re.compile(r"(resources|labels)\.")
"""What a person takes away there is Kubernetes' own."""
OF_THE_SPEC = [
    *("mode", "paused", "kafka.topic", "kafka.deadLetterTopic", "kafka.tls", "kafka.sasl", "kafka.sasl.secretRef"),
    *(
        "database",
        "database.secretRef",
        "auth",
        "auth.jwtSecretRef",
        "auth.jwksUrl",
        "migration",
        "monitoring",
        "consumer",
    ),
    *("api", "api.service", "api.service.port", "api.image", "api.podTemplate", "api.podTemplate.metadata"),
    *("api.podTemplate.spec", "api.podTemplate.spec.imagePullSecrets"),
]
NULLS = [(chart, path, value) for chart in DEFAULTS for path, value in paths(DEFAULTS[chart])]
NULLS += [("ingestor", f"spec.{path}", None) for path in OF_THE_SPEC]


@pytest.mark.parametrize(("chart", "path", "default"), NULLS, ids=[f"{chart}:{path}" for chart, path, _ in NULLS])
def test_a_null_is_nothing_or_is_refused_with_the_name_of_the_value(chart: str, path: str, default: Any) -> None:
    done = helm("template", "quiz", f"charts/{chart}", *EVERYTHING[chart], "--set", f"{path}=null")
    key = path.rpartition(".")[2]
    if done.returncode:
        sentences = (f"missing property '{key}'", f"/{key}': got null", "execution error at")
        assert any(sentence in done.stderr for sentence in sentences), done.stderr
        assert key in done.stderr
    else:
        assert default in (None, "", [], {}) or isinstance(default, dict) or FREE.search(path)
        assert [body for body in yaml.load_all(done.stdout, NoKeyTwice) if body]


@pytest.mark.parametrize(("chart", "path"), [(chart, path) for chart, path, _ in NULLS if path.endswith("Ports")])
@pytest.mark.parametrize("nothing", ["null", "{}"])
def test_a_list_of_ports_is_never_empty_for_that_would_open_all(chart: str, path: str, nothing: str) -> None:
    done = helm("template", "quiz", f"charts/{chart}", *EVERYTHING[chart], "--set", f"{path}={nothing}")
    assert done.returncode != 0
    assert path.rpartition(".")[2] in done.stderr


@pytest.mark.parametrize("chart", sorted(EVERYTHING))
def test_no_rule_of_a_network_policy_is_open_to_every_port(chart: str) -> None:
    policies = [body["spec"] for body in rendered(chart, "quiz") if body["kind"] == "NetworkPolicy"]
    rules = [rule for spec in policies for way in ("ingress", "egress") for rule in spec.get(way, [])]
    assert rules
    assert all(rule["ports"] for rule in rules)
