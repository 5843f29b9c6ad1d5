"""The Applications of Argo CD have what a sync of these charts relies on."""

from pathlib import Path

import pytest
import yaml

from ingestor_operator import API_GROUP, KIND
from ingestor_operator.crd.definition import definition

REPOSITORY = Path(__file__).parents[3]
APPLICATIONS = {
    body["metadata"]["name"]: body
    for body in yaml.safe_load_all((REPOSITORY / "k8s/argocd/applications.yaml").read_text())
}
INSTALLATION = APPLICATIONS["quiz"]["spec"]


@pytest.mark.parametrize("name", ["ingestor-operator", "quiz"])
def test_fields_of_other_writers_stay_theirs(name: str) -> None:
    assert "ServerSideApply=true" in APPLICATIONS[name]["spec"]["syncPolicy"]["syncOptions"]


def test_an_installation_may_come_with_the_crd_that_it_needs() -> None:
    assert "SkipDryRunOnMissingResource=true" in INSTALLATION["syncPolicy"]["syncOptions"]
    waves = {
        name: int(body["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for name, body in APPLICATIONS.items()
    }
    assert waves["ingestor-operator"] < waves["quiz"]


def test_the_number_that_kubectl_scale_writes_is_no_difference_and_is_not_put_back() -> None:
    [version] = definition()["spec"]["versions"]
    written = version["subresources"]["scale"]["specReplicasPath"].replace(".", "/")
    ignored = [{"group": API_GROUP, "kind": KIND, "jsonPointers": [written]}]
    assert INSTALLATION["ignoreDifferences"] == ignored
    assert written.endswith("/pinned")
    # Without it a sync writes what it does not compare.
    assert "RespectIgnoreDifferences=true" in INSTALLATION["syncPolicy"]["syncOptions"]


def test_consumers_outlive_what_is_deleted_so_that_topics_can_go() -> None:
    assert "PrunePropagationPolicy=background" in INSTALLATION["syncPolicy"]["syncOptions"]
    finalizers = APPLICATIONS["quiz"]["metadata"]["finalizers"]
    assert finalizers == ["resources-finalizer.argocd.argoproj.io/background"]
