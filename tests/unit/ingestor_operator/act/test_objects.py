"""What the API server refuses is said in a sentence that helps."""

from typing import Any

import pytest
from httpx2 import HTTPStatusError, Response
from unit.ingestor_operator.refusals import REQUEST, refusal

from ingestor_operator.act.objects import act_on_objects, api_problem
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.difference import Change
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.migration import Migration, MigrationState


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        (403, 'deployments.apps "quiz-api" is forbidden: User "x" cannot patch resource', "Forbidden"),
        (403, "unable to create new content in namespace x because it is being terminated", "NamespaceTerminating"),
        (422, "spec.replicas: Invalid value: -1", "ApplyFailed"),
    ],
)
def test_a_refusal_has_the_api_servers_words(code: int, message: str, reason: str) -> None:
    problem = api_problem(refusal(code, message))
    assert problem.reason == reason
    assert message in problem.message


def test_a_lacking_right_says_where_to_grant_it() -> None:
    assert "Role or ClusterRole" in api_problem(refusal(403, "no")).message


def without_words(code: int) -> HTTPStatusError:
    return HTTPStatusError("plain text", request=REQUEST, response=Response(code, request=REQUEST))


def test_an_answer_without_words_is_told_by_its_code_and_path() -> None:
    assert api_problem(without_words(503)).message == f"503 from {REQUEST.url.path}."


def test_a_kind_that_the_cluster_does_not_know_is_named() -> None:
    problem = api_problem(without_words(404))
    assert problem.reason == "KindUnknown"
    assert REQUEST.url.path in problem.message


class Webhook(Cluster):
    """A cluster where an admission webhook makes every write what is there already."""

    def __init__(self, live: Manifest) -> None:
        self._live = live

    async def find(self, manifest: Manifest) -> Manifest | None:
        return self._live

    async def apply(self, manifest: Manifest) -> Manifest:
        return self._live


async def test_an_apply_that_wrote_nothing_is_not_told_as_one(make_resource: Any) -> None:
    resource = make_resource()
    owners = [{"uid": resource.uid, "controller": True}]
    live = {"kind": "ConfigMap", "metadata": {"name": "x", "resourceVersion": "7", "ownerReferences": owners}}
    changes = Changes((Change(live, "drifted", "data.a"),), (), (), MigrationState(Migration.PENDING), "")
    assert await act_on_objects(Webhook(live), resource, changes) == Outcome()
