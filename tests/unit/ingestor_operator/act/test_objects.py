"""What the API server refuses is said in a sentence that helps."""

import json

import pytest
from httpx2 import HTTPStatusError, Request, Response
from lightkube.core.exceptions import ApiError

from ingestor_operator.act.objects import api_problem

REQUEST = Request("PATCH", "https://kube/apis/apps/v1/namespaces/school/deployments/quiz-api")


def refusal(code: int, message: str) -> ApiError:
    body = {"kind": "Status", "apiVersion": "v1", "code": code, "message": message, "status": "Failure"}
    return ApiError(request=REQUEST, response=Response(code, content=json.dumps(body), request=REQUEST))


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
