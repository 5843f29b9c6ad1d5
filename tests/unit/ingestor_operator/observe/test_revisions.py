"""ReplicaSets are read where that may tell something new, and nothing is known where they may not be."""

from typing import Any

import pytest

from ingestor_operator.kubernetes.cluster import Cluster, Objects
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.model.resource import Resource
from ingestor_operator.observe.revisions import READ_EVERY, Revisions


class History(Cluster):
    """A cluster that counts how often its ReplicaSets are listed."""

    def __init__(self, *names: str, forbidden: bool = False) -> None:
        self._names, self._forbidden = names, forbidden
        self.asked = 0
        self.time = 0.0

    async def replica_sets(self, namespace: str, instance: str) -> tuple[Manifest, ...] | None:
        self.asked += 1
        return None if self._forbidden else tuple(replica_set(name) for name in self._names)


def replica_set(config_map: str) -> Manifest:
    container = {"name": "api", "envFrom": [{"configMapRef": {"name": config_map}}]}
    return {"kind": "ReplicaSet", "spec": {"template": {"spec": {"containers": [container]}}}}


def live(resource: Resource, config_maps: int = 2, version: str = "1") -> Objects:
    owners = [{"uid": resource.uid, "controller": True}]
    names = [f"quiz-config-{number}" for number in range(config_maps)]
    found: Objects = {
        ("ConfigMap", name): {"kind": "ConfigMap", "metadata": {"name": name, "ownerReferences": owners}}
        for name in names
    }
    found["Deployment", "quiz-api"] = {"kind": "Deployment", "metadata": {"resourceVersion": version}}
    return found


async def test_config_maps_of_all_revisions_are_named(make_resource: Any) -> None:
    resource, cluster = make_resource(), History("a", "b", "a")
    assert await Revisions(cluster).config_maps(resource, live(resource)) == frozenset({"a", "b"})


async def test_they_are_read_anew_where_a_deployment_has_changed_or_after_a_minute(make_resource: Any) -> None:
    resource, cluster = make_resource(), History("a")
    revisions = Revisions(cluster, lambda: cluster.time)
    for version, now, asked in [("1", 0, 1), ("1", 1, 1), ("2", 2, 2), ("2", 3, 2), ("2", 2 + READ_EVERY, 3)]:
        cluster.time = now
        assert await revisions.config_maps(resource, live(resource, version=version)) == frozenset({"a"})
        assert cluster.asked == asked
    revisions.forget(resource.uid)
    await revisions.config_maps(resource, live(resource, version="2"))
    assert cluster.asked == 4


@pytest.mark.parametrize("config_maps", [0, 1])
async def test_with_one_config_map_nobody_is_asked(make_resource: Any, config_maps: int) -> None:
    resource, cluster = make_resource(), History("a")
    assert await Revisions(cluster).config_maps(resource, live(resource, config_maps)) is None
    assert cluster.asked == 0


async def test_nothing_is_known_where_they_may_not_be_listed(make_resource: Any) -> None:
    resource = make_resource()
    assert await Revisions(History("a", forbidden=True)).config_maps(resource, live(resource)) is None
