"""What the API server refuses, or does not answer, is said in a sentence that helps."""

import re

import pytest
from httpx2 import ConnectError, ConnectTimeout, HTTPError, HTTPStatusError, Request, Response
from unit.ingestor_operator.refusals import LIMITS, REQUEST, broken, refusal, request_of, timed_out

from ingestor_operator.kubernetes.refusal import api_fault, api_problem
from ingestor_operator.plan.problem import Problem, cause


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
    words = 'configmaps is forbidden: User "x" cannot create resource "configmaps" in API group ""'
    assert "Role or ClusterRole" in api_problem(refusal(403, words)).message


@pytest.mark.parametrize(
    "words",
    [
        'configmaps "x" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1',
        'admission webhook "policy.test" denied the request: a privileged pod cannot be used here',
        'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
    ],
)
def test_what_a_quota_or_a_policy_refuses_is_no_right_that_lacks(words: str) -> None:
    assert api_problem(refusal(403, words)) == Problem("ApplyFailed", f"{words}.")


def without_words(code: int) -> HTTPStatusError:
    return HTTPStatusError("plain text", request=REQUEST, response=Response(code, request=REQUEST))


def test_an_answer_without_words_is_told_by_its_code_and_path() -> None:
    assert api_problem(without_words(503)).message == f"503 from {REQUEST.url.path}."


@pytest.mark.parametrize("code", [429, 500, 503])
def test_plain_text_of_a_write_is_told_too(code: int) -> None:
    response = Response(code, text="too many requests\n", request=REQUEST)
    problem = api_problem(HTTPStatusError("", request=REQUEST, response=response))
    assert problem == Problem("ApplyFailed", f"{code} from {REQUEST.url.path}: too many requests.")


@pytest.mark.parametrize("code", [429, 500, 503])
@pytest.mark.parametrize("path", ["pods", "deployments/quiz-api"])
def test_a_read_that_is_refused_is_not_told_as_a_write(code: int, path: str) -> None:
    request = request_of("GET", path)
    plain = HTTPStatusError("", request=request, response=Response(code, text="etcd is slow", request=request))
    for problem in (api_problem(plain), api_problem(refusal(code, "etcd is slow", request))):
        assert problem.reason == "ReadFailed"
        assert problem.message.startswith(f"The API server does not let {path} be read: ")
        assert problem.message.endswith("etcd is slow.")


def test_a_kind_that_the_cluster_does_not_know_is_named() -> None:
    problem = api_problem(without_words(404))
    assert problem.reason == "KindUnknown"
    assert REQUEST.url.path in problem.message


@pytest.mark.parametrize(
    ("method", "path", "step"),
    [
        ("PATCH", "deployments/quiz-api", "write deployments/quiz-api"),
        ("PATCH", "deployments/quiz-consumer/scale", "write deployments/quiz-consumer/scale"),
        ("DELETE", "jobs/quiz-migrate-1", "delete jobs/quiz-migrate-1"),
        ("POST", "events", "create events"),
    ],
)
def test_a_write_that_nobody_answers_is_told_by_its_verb_and_object(method: str, path: str, step: str) -> None:
    assert api_problem(timed_out(method, path)) == Problem(
        "KubernetesUnreachable",
        f"The API server did not answer within 7 seconds to {step}; an admission webhook that does not answer may be"
        " why.",
    )


def test_a_read_that_nobody_answers_is_told_without_webhooks() -> None:
    assert api_problem(timed_out("GET", "secrets/db")) == Problem(
        "KubernetesUnreachable", "The API server did not answer within 7 seconds to read secrets/db."
    )


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/api/v1/namespaces/school", "namespaces/school"),
        ("/apis/ingestor.dev/v1alpha1/ingestordeployments", "ingestordeployments"),
        ("/prefix/api/v1/namespaces/school/pods", "pods"),
        ("/version", "/version"),
    ],
)
def test_an_object_of_any_path_is_named(path: str, named: str) -> None:
    request = Request("GET", f"https://kube{path}", extensions=LIMITS)
    message = api_problem(ConnectTimeout("", request=request)).message
    assert message == f"The API server did not answer within 3 seconds to read {named}."


def test_a_connection_that_breaks_is_told_in_words() -> None:
    assert api_problem(broken("PATCH", "services/quiz-api")) == Problem(
        "KubernetesUnreachable",
        "The connection to the API server fails to write services/quiz-api: the connection was closed.",
    )


@pytest.mark.parametrize(
    "error",
    [
        timed_out("GET", "pods"),
        broken("PATCH", "services/quiz-api"),
        ConnectError("All connection attempts failed", request=REQUEST),
        ConnectError("[Errno 111] Connection refused", request=REQUEST),
        ConnectError("", request=REQUEST),
        ConnectError("connection refused"),
        without_words(500),
        refusal(403, "no"),
        TimeoutError(),
    ],
)
def test_no_line_or_probe_has_the_name_of_a_class(error: HTTPError | TimeoutError) -> None:
    words = api_fault(error)
    assert words
    assert not re.search(r"[a-z](?:Error|Timeout|Exception)|Errno|\.$", words)


def test_the_type_of_a_defect_is_told_with_its_words_if_it_has_some() -> None:
    assert cause(KeyError()) == "KeyError"
    assert cause(ValueError("no\nnumber.")) == "ValueError: no number"
