"""Rights that are lacking are named, with what comes of it, and asked for again until they are there."""

import pytest
from unit.ingestor_operator.refusals import refusal

from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.rights import ASKED_EVERY, Rights


class Allowing(Cluster):
    """An API server that allows all but some."""

    def __init__(self, *denied: tuple[str, str]) -> None:
        self.denied = set(denied)
        self.asked: list[str] = []

    async def allowed(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        self.asked.append(namespace)
        return (verb, resource) not in self.denied


async def test_what_is_lacking_is_named_until_it_is_granted() -> None:
    cluster = Allowing(("watch", "jobs"))
    rights = Rights(cluster, "school", clock=lambda: 0.0)
    (problem,) = await rights.lacking()
    assert problem.reason == "Forbidden"
    assert problem.message.startswith("The operator may not watch jobs.batch: ")
    assert problem.message.endswith("; grant it in the operator's Role or ClusterRole.")
    cluster.denied.clear()
    assert await rights.lacking() == ()


async def test_what_is_there_is_asked_for_once_a_while() -> None:
    cluster, now = Allowing(), [0.0]
    rights = Rights(cluster, "school", clock=lambda: now[0])
    assert await rights.lacking() == await rights.lacking() == ()
    once = len(cluster.asked)
    now[0] = ASKED_EVERY
    await rights.lacking()
    assert len(cluster.asked) == 2 * once


@pytest.mark.parametrize(("scope", "namespace"), [("*", ""), ("school", "school")])
async def test_they_are_asked_for_where_the_operator_serves(scope: str, namespace: str) -> None:
    cluster = Allowing()
    await Rights(cluster, scope).lacking()
    assert set(cluster.asked) == {namespace}


async def test_an_api_server_that_does_not_tell_is_no_problem() -> None:
    class Silent(Allowing):
        async def allowed(self, verb: str, group: str, resource: str, namespace: str) -> bool:
            raise refusal(403, "no reviews")

    assert await Rights(Silent(), "school").lacking() == ()
