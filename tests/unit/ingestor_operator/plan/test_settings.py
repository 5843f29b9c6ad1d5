"""Changed settings reach pods by a rollout alone, and what may still be read stays."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.plan.cluster import KEPT_REVISIONS, World

from ingestor_operator.manifests.config_map import config_map_name, named_config_maps
from ingestor_operator.manifests.manifest import DIGEST_ANNOTATION, Manifest, digested
from ingestor_operator.plan.migration import Migration

PERCENT = "api.rollout.kafkaPercent"
DATABASE = "ingestor-database"
FIXED = ("ConfigMap", "quiz-config")


def config_maps(world: World) -> set[str]:
    return {name for kind, name in world.live if kind == "ConfigMap"}


def wanted(world: World) -> str:
    return next(name for kind, name in world.built() if kind == "ConfigMap")


def read(body: Manifest) -> set[str]:
    return set(named_config_maps(body["spec"]))


def of_the_fixed_name(world: World) -> None:
    """As a release left it whose ConfigMap had one name for good."""
    (name,) = config_maps(world)
    before = world.live.pop(("ConfigMap", name))
    metadata = before["metadata"] | {"name": "quiz-config"}
    world.live[FIXED] = digested({key: before[key] for key in ("apiVersion", "kind", "data")} | {"metadata": metadata})
    for component in ("api", "consumer"):
        body = world.deployment(component)
        body["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "quiz-config"}}]
        body["metadata"]["annotations"][DIGEST_ANNOTATION] = "another release's"
    world.revisions.clear()
    for component in ("api", "consumer"):
        world.make_revision(f"quiz-{component}")


def test_changed_settings_are_another_config_map_and_the_former_one_stays_as_it_was(world: World) -> None:
    (former,) = config_maps(world)
    before = world.live["ConfigMap", former]
    world.spec[PERCENT] = 50
    world.look()
    assert config_maps(world) == {former, wanted(world)}
    assert world.live["ConfigMap", former] == before
    assert read(world.deployment("api")) == read(world.deployment("consumer")) == {wanted(world)}
    # No Job is made for what none reads.
    assert not world.running_jobs()


def test_the_former_one_goes_once_no_revision_names_it(world: World) -> None:
    (former,) = config_maps(world)
    for percent in range(KEPT_REVISIONS - 1):
        world.spec[PERCENT] = percent
        world.settle()
        assert former in config_maps(world)
    world.spec[PERCENT] = 99
    world.settle()
    assert former not in config_maps(world)
    assert len(config_maps(world)) == KEPT_REVISIONS


@pytest.mark.parametrize("reader", ["Pod", "Job"])
def test_it_stays_while_a_pod_or_a_job_reads_it(world: World, reader: str) -> None:
    (former,) = config_maps(world)
    key = (reader, "still-there")
    spec: Manifest = {"containers": [{"name": "c", "envFrom": [{"configMapRef": {"name": former}}]}]}
    spec = spec if reader == "Pod" else {"template": {"spec": spec}}
    world.live[key] = {"kind": reader, "metadata": {"name": key[1]}, "spec": spec}
    world.spec[PERCENT] = 50
    world.settle()
    world.revisions.clear()
    world.settle()
    assert former in config_maps(world)
    del world.live[key]
    world.settle()
    assert config_maps(world) == {wanted(world)}


def test_nothing_goes_while_the_revisions_are_not_known(world: World) -> None:
    (former,) = config_maps(world)
    world.can_list_revisions = False
    world.spec[PERCENT] = 50
    world.settle()
    world.revisions.clear()
    world.settle()
    assert former in config_maps(world)


def test_settings_that_are_taken_back_are_the_config_map_that_there_was(world: World) -> None:
    (former,) = config_maps(world)
    template = world.deployment("api")["spec"]["template"]
    world.spec[PERCENT] = 50
    world.look()
    del world.spec[PERCENT]
    world.look()
    assert wanted(world) == former
    assert world.deployment("api")["spec"]["template"] == template


def test_one_that_is_deleted_by_hand_comes_back(world: World) -> None:
    (name,) = config_maps(world)
    body = world.live.pop(("ConfigMap", name))
    world.look()
    assert world.live["ConfigMap", name] == body


def test_that_of_a_release_with_a_fixed_name_stays_until_the_pods_have_the_new_image(world: World) -> None:
    of_the_fixed_name(world)
    world.spec |= {"api.image": "api:2", "consumer.image": "consumer:2"}
    before = world.live[FIXED]
    changes = world.look()
    assert changes.migration.state is Migration.PENDING
    world.look()
    assert world.live[FIXED] == before
    world.settle()
    # The revisions from before the upgrade name it.
    assert FIXED in world.live
    world.revisions = {name: known[-1:] for name, known in world.revisions.items()}
    world.settle()
    assert config_maps(world) == {wanted(world)}


def test_while_a_secret_waits_the_pods_keep_the_settings_that_they_had(world: World) -> None:
    (former,) = config_maps(world)
    world.secrets[DATABASE] = "another"
    world.spec[PERCENT] = 50
    world.look()
    world.revisions.clear()
    world.look()
    assert read(world.deployment("api")) == {former}
    assert config_maps(world) == {former, wanted(world)}
    world.settle()
    assert read(world.deployment("api")) == {wanted(world)}


def never_changed(before: Manifest | None, after: Manifest) -> None:
    assert after["kind"] != "ConfigMap" or before is None or before["data"] == after["data"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 4)),
        st.tuples(st.just("rotate"), st.integers(0, 9)),
        st.tuples(st.just("kill"), st.integers(0, 4)),
        st.tuples(st.just("undo"), st.integers(0, KEPT_REVISIONS - 1)),
        st.tuples(st.just("forbid"), st.booleans()),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("migrate"), st.just(0)),
    ),
    max_size=25,
)


def take(world: World, step: str, number: int) -> None:
    match step:
        case "ask":
            world.spec[PERCENT] = number
        case "rotate":
            world.secrets[DATABASE] = f"version {number}"
        case "kill":
            world.look(number, tells=False)
        case "undo":
            undo(world, number)
        case "forbid":
            world.can_list_revisions = not number
        case "look":
            world.look()
        case "migrate":
            world.settle()


def undo(world: World, number: int) -> None:
    """`kubectl rollout undo` of the API to one of its revisions."""
    known = world.revisions.get("quiz-api", [])
    if number < len(known):
        body = world.deployment("api")
        body["spec"] = body["spec"] | {"template": known[number]}
        body["metadata"]["annotations"][DIGEST_ANNOTATION] = "as it was then"
        world.make_revision("quiz-api")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_in_any_order_what_may_be_read_is_there_and_is_as_it_was(
    make_resource: Any, steps: list[tuple[str, int]]
) -> None:
    world = World(make_resource, written=never_changed)
    world.look()
    for step, number in steps:
        take(world, step, number)
        templates = [template for known in world.revisions.values() for template in known]
        assert set(named_config_maps(templates)) <= config_maps(world)
    world.can_list_revisions = True
    world.settle()
    history = set(named_config_maps([known for revisions in world.revisions.values() for known in revisions]))
    assert config_maps(world) == history | {wanted(world)}
    assert len(config_maps(world)) <= 2 * KEPT_REVISIONS
    assert world.plan().applied == ()


def test_a_resource_reads_no_settings_of_another(make_resource: Any) -> None:
    assert config_map_name(make_resource(name="a")) != config_map_name(make_resource(name="b"))
