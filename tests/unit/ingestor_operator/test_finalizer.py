"""A finalizer that is refused is told: the topics would stay, whatever deletionPolicy says."""

import pytest
from httpx2 import HTTPError
from unit.ingestor_operator.refusals import refusal, request_of, timed_out
from unit.ingestor_operator.test_changed_claims import DELETES, Changes, School, play
from unit.ingestor_operator.test_races import Names

from ingestor_operator.model.resource import FINALIZER

PATCH = request_of("PATCH", "ingestordeployments/a")
POLICY = refusal(403, "ValidatingAdmissionPolicy 'team' denied request: label team is missing", PATCH)
WEBHOOK = refusal(500, 'failed calling webhook "team.example.com"', PATCH)
GONE = refusal(404, 'ingestordeployments.ingestor.dev "a" not found', PATCH)
NO_RIGHT = refusal(403, 'User "operator" cannot patch resource "ingestordeployments" in API group', PATCH)
BUSY = refusal(429, "too many requests, please try again later", PATCH)
DEAF = timed_out("PATCH", "ingestordeployments/a")


def told(answer: HTTPError | None, changes: Changes, *finalizers: str) -> School:
    async def scene(school: School) -> None:
        school.place.refuses_finalizers = answer
        school.make("a", NAMES, 1, changes)
        school.place.bodies["a"]["metadata"]["finalizers"] = list(finalizers)
        await school.look("a", times=4)

    return play(scene)


NAMES: Names = ("t", "t.dlq", "g")


@pytest.mark.parametrize(("answer", "words"), [(POLICY, "label team is missing"), (WEBHOOK, "team.example.com")])
def test_a_refused_finalizer_is_told_in_the_api_servers_words(answer: HTTPError, words: str) -> None:
    school = told(answer, DELETES)
    assert school.reason("a") == "FinalizerRefused"
    assert words in school.message("a")
    assert school.place.warned("FinalizerRefused") == {"a"}
    # Everything runs all the same.
    assert school.with_consumers() == ["a"]


@pytest.mark.parametrize("answer", [None, GONE, NO_RIGHT, BUSY, DEAF])
def test_what_refuses_nothing_is_not_told(answer: HTTPError | None) -> None:
    assert told(answer, DELETES).reason("a") == "TopicsReady"


def test_who_has_the_finalizer_or_needs_none_is_not_asked_for() -> None:
    assert told(POLICY, DELETES, "other", FINALIZER).reason("a") == "TopicsReady"
    assert told(POLICY, {}).reason("a") == "TopicsReady"
