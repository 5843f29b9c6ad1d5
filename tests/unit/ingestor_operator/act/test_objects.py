"""Each object is written on its own: what becomes of one does not keep the others back."""

from typing import Any

import pytest
from httpx2 import HTTPError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from unit.ingestor_operator.refusals import broken, refusal, timed_out

from ingestor_operator.act.objects import act_on_objects, own_number, scale, scaled_by_another
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.kubernetes.difference import Change
from ingestor_operator.kubernetes.refusal import api_problem
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.migration import Migration, MigrationState
from ingestor_operator.plan.problem import Problem
from ingestor_operator.plan.scaling import scaling_spec
from ingestor_operator.scaling import Decision, Observation, Reason, ScalingState, decide

PENDING = MigrationState(Migration.PENDING)


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
    live = {"kind": "Service", "metadata": {"name": "x", "resourceVersion": "7", "ownerReferences": owners}}
    changes = Changes((Change(live, "drifted", "spec.type"),), (), (), MigrationState(Migration.PENDING), "")
    assert await act_on_objects(Webhook(live), resource, changes) == Outcome()


class Recording(Cluster):
    """A cluster with one live object, and what was done to it."""

    def __init__(self, live: Manifest) -> None:
        self._live = live
        self.calls: list[str] = []

    async def find(self, manifest: Manifest) -> Manifest | None:
        return self._live

    async def delete(self, manifest: Manifest) -> bool:
        self.calls.append("delete")
        metadata = self._live["metadata"]
        if metadata.get("finalizers"):
            self._live |= {"metadata": metadata | {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
        return True

    async def apply(self, manifest: Manifest) -> Manifest:
        self.calls.append("apply")
        return manifest | {"metadata": manifest["metadata"] | {"resourceVersion": "8"}}


@pytest.mark.parametrize(
    ("immutable", "data", "calls"),
    [
        (True, {"a": "theirs"}, ["delete", "apply"]),
        (True, {"a": "ours", "b": "theirs"}, ["delete", "apply"]),
        (True, {"a": "ours"}, ["apply"]),
        (False, {"a": "theirs"}, ["apply"]),
        (False, {"a": "ours", "b": "theirs"}, ["delete", "apply"]),
    ],
)
async def test_a_config_map_that_cannot_become_what_was_built_is_made_anew(
    make_resource: Any, immutable: bool, data: dict[str, str], calls: list[str]
) -> None:
    resource = make_resource()
    owners = [{"uid": resource.uid, "controller": True}]
    metadata = {"name": "x", "resourceVersion": "7", "ownerReferences": owners}
    live = {"kind": "ConfigMap", "metadata": metadata, "immutable": immutable, "data": data}
    built = live | {"immutable": True, "data": {"a": "ours"}}
    cluster = Recording(live)
    changes = Changes((Change(built, "drifted", "data.a"),), (), (), MigrationState(Migration.PENDING), "")
    outcome = await act_on_objects(cluster, resource, changes)
    assert (cluster.calls, outcome.drifted) == (calls, True)


async def test_one_that_a_finalizer_keeps_is_waited_for(make_resource: Any) -> None:
    resource = make_resource()
    owners = [{"uid": resource.uid, "controller": True}]
    metadata = {"name": "x", "resourceVersion": "7", "ownerReferences": owners, "finalizers": ["a.test/x"]}
    live = {"kind": "ConfigMap", "metadata": metadata, "immutable": True, "data": {"a": "theirs"}}
    cluster = Recording(live)
    change = Change(live | {"data": {"a": "ours"}}, "drifted", "data.a")
    outcome = await act_on_objects(cluster, resource, Changes((change,), (), (), PENDING, ""))
    assert cluster.calls == ["delete"]
    assert [failure.reason for failure in outcome.failures] == ["ObjectTerminates"]


@pytest.mark.parametrize("owner", ["ours", "theirs"])
async def test_pods_get_no_settings_that_could_not_be_had(make_resource: Any, owner: str) -> None:
    resource = make_resource()
    metadata = {"name": "x", "resourceVersion": "7", "ownerReferences": [{"uid": owner, "controller": True}]}
    if owner == "ours":
        metadata["ownerReferences"] = [{"uid": resource.uid, "controller": True}]
    settings = {"kind": "ConfigMap", "metadata": metadata, "data": {"a": "ours"}}
    pod = {"containers": [{"name": "api", "envFrom": [{"configMapRef": {"name": "x"}}]}]}
    metadata = metadata | {"ownerReferences": [{"uid": resource.uid, "controller": True}]}
    deployment = {"kind": "Deployment", "metadata": metadata, "spec": {"template": {"spec": pod}}}
    made = (Change(settings, "missing"), Change(deployment, "changed"))
    cluster = Recording(settings)
    await act_on_objects(cluster, resource, Changes(made, (), (), PENDING, ""))
    assert cluster.calls == (["apply", "apply"] if owner == "ours" else [])


CLASS, PORT = "spec.loadBalancerClass", "spec.ports[0].nodePort"


class Refusing(Recording):
    """A cluster that refuses the update for some fields, and for some a new object of that content."""

    def __init__(self, live: Manifest, update: list[str], anew: HTTPError | None) -> None:
        super().__init__(live)
        self._update, self._anew = update, anew

    async def apply(self, manifest: Manifest) -> Manifest:
        raise refusal(422, "it is invalid", causes=dict.fromkeys(self._update, "no"))

    async def try_anew(self, manifest: Manifest) -> None:
        if self._anew:
            raise self._anew


@pytest.mark.parametrize(
    ("update", "anew", "told"),
    [
        ([CLASS], None, [CLASS]),
        ([CLASS, "spec.clusterIPs[0]"], None, [CLASS, "spec.clusterIPs[0]"]),
        ([CLASS], refusal(422, "no", causes={PORT: "taken"}), [CLASS]),
        ([CLASS, PORT], refusal(422, "no", causes={PORT: "taken"}), [CLASS]),
        # Wrong in a new one too, or nobody knows.
        ([PORT], refusal(422, "no", causes={PORT: "taken"}), []),
        ([CLASS], refusal(403, "no"), []),
        ([CLASS], timed_out("PATCH", "services/x-anew"), []),
        ([], None, []),
    ],
)
async def test_what_is_refused_of_the_present_object_alone_is_told_with_what_to_do(
    make_resource: Any, update: list[str], anew: HTTPError | None, told: list[str]
) -> None:
    resource = make_resource()
    metadata = {"name": "x", "resourceVersion": "7", "ownerReferences": [{"uid": resource.uid, "controller": True}]}
    live = {"kind": "Service", "metadata": metadata}
    changes = Changes((Change(live, "changed"),), (), (), MigrationState(Migration.PENDING), "")
    (problem,) = (await act_on_objects(Refusing(live, update, anew), resource, changes)).failures
    assert problem.reason == ("FieldImmutable" if told else "ApplyFailed")
    if told:
        assert problem.message == (
            "Kubernetes does not change deployments/quiz-api in place as the spec asks, for"
            f" {' and '.join(sorted(told))} (it is invalid). Put the former value back, or have it made anew by"
            " `kubectl delete deployments/quiz-api`: the operator creates it as the spec says, and what it was given,"
            " such as its addresses, is lost."
        )


class Selective(Cluster):
    """A cluster where no object exists, and where calls for one name fail."""

    def __init__(self, name: str, error: HTTPError) -> None:
        self._name, self._error = name, error
        self.applied: list[str] = []
        self.deleted: list[str] = []

    async def find(self, manifest: Manifest) -> Manifest | None:
        return None

    async def apply(self, manifest: Manifest) -> Manifest:
        self._fail(manifest["metadata"]["name"])
        self.applied.append(manifest["metadata"]["name"])
        return manifest

    async def delete(self, manifest: Manifest) -> bool:
        self._fail(manifest["metadata"]["name"])
        self.deleted.append(manifest["metadata"]["name"])
        return True

    async def scale_deployment(self, namespace: str, name: str, replicas: int) -> None:
        self._fail(name)

    def _fail(self, name: str) -> None:
        if name == self._name:
            raise self._error


ERRORS = [refusal(500, "no"), timed_out("PATCH", "configmaps/x"), broken("PATCH", "configmaps/x")]


@pytest.mark.parametrize("failing", ["a", "b", "c", "d"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_call_that_fails_is_told_and_the_other_objects_are_written(
    make_resource: Any, failing: str, error: HTTPError
) -> None:
    manifests = {name: {"kind": "ConfigMap", "metadata": {"name": name}} for name in "abcd"}
    changes = Changes(
        tuple(Change(manifests[name], "missing", "") for name in "ab"),
        (manifests["c"], manifests["d"]),
        (),
        MigrationState(Migration.PENDING),
        "",
    )
    cluster = Selective(failing, error)
    outcome = await act_on_objects(cluster, make_resource(), changes)
    assert {*cluster.applied, *cluster.deleted} == set("abcd") - {failing}
    assert [problem.reason for problem in outcome.done] == [
        reason for name, reason in zip("abcd", ["Created"] * 2 + ["Deleted"] * 2, strict=True) if name != failing
    ]
    assert outcome.failures == (api_problem(error),)


async def test_what_is_another_objects_by_now_is_not_told_as_deleted(make_resource: Any) -> None:
    class Replaced(Cluster):
        def __init__(self) -> None: ...

        async def delete(self, manifest: Manifest) -> bool:
            return False

    gone = {"kind": "ConfigMap", "metadata": {"name": "x"}}
    assert await act_on_objects(Replaced(), make_resource(), Changes((), (gone,), (), PENDING, "")) == Outcome()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_scaling_that_fails_is_told(make_resource: Any, error: HTTPError) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"pinned": 2}})
    decision, _ = decide(scaling_spec(resource), Observation(time=0, replicas=1, ready=1), ScalingState())
    assert decision.changes
    outcome = await scale(Selective(f"{resource.name}-consumer", error), resource, decision)
    assert outcome == Outcome(failures=(api_problem(error),))


MOVES = st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=12)
"""What another writer sets before each look; None: nothing."""


def looks(resource: Resource, moves: list[int | None], last: int) -> list[tuple[Decision, list[Problem]]]:
    """Each look's decision and warnings, where every write succeeds."""
    own, state, out = None, ScalingState(), []
    for time, move in enumerate([None, *moves]):
        current = last if move is None else move
        decision, state = decide(scaling_spec(resource), Observation(time, replicas=current, ready=current), state)
        out.append((decision, list(scaled_by_another(resource, decision, own).warnings)))
        own, last = own_number(decision, own), decision.replicas
    return out


@given(moves=MOVES, pinned=st.integers(1, 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_number_that_is_pinned_and_scaled_is_told_in_one_sentence(
    make_resource: Any, moves: list[int | None], pinned: int
) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"pinned": pinned}})
    found = looks(resource, moves, pinned)
    assert [bool(warnings) for _, warnings in found] == [decision.current != pinned for decision, _ in found]
    assert len({problem.message for _, warnings in found for problem in warnings}) <= 1


@given(moves=MOVES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_sets_a_number_that_is_left_to_people_is_told_only_beyond_the_bounds(
    make_resource: Any, moves: list[int | None]
) -> None:
    resource = make_resource("minimal", {"consumer.autoscaling": {"enabled": False}})
    for decision, warnings in looks(resource, moves, 1):
        within = resource.spec.min_consumers <= decision.current <= resource.spec.max_consumers
        assert bool(warnings) == (not within)


@pytest.mark.parametrize(
    ("own", "current", "replicas", "told"),
    [
        (None, 3, 1, False),
        (3, 3, 1, False),
        (1, 3, 3, False),
        (1, 3, 1, True),
        (1, 4, 2, True),
        (3, 1, 2, True),
        # The load asks for still more, or for still fewer.
        (1, 3, 4, False),
        (3, 2, 1, False),
    ],
)
def test_only_what_is_taken_back_is_told(
    make_resource: Any, own: int | None, current: int, replicas: int, told: bool
) -> None:
    resource = make_resource()
    decision = replace(decided(resource), current=current, replicas=replicas)
    assert bool(scaled_by_another(resource, decision, own).warnings) == told
    assert scaled_by_another(resource, None, own) == Outcome()


@pytest.mark.parametrize("reason", list(Reason))
def test_the_operators_number_is_kept_while_it_only_waits(make_resource: Any, reason: Reason) -> None:
    held = replace(decided(make_resource()), current=3, replicas=3, reason=reason)
    agreed = {Reason.PINNED, Reason.AUTOSCALING_DISABLED, Reason.CAPACITY_MATCHES, Reason.AT_LIMIT}
    assert own_number(held, 1) == (3 if reason in agreed else 1)
    assert own_number(held, None) == 3
    assert own_number(replace(held, replicas=2), 1) == 2
    assert own_number(None, 1) is None


def decided(resource: Resource) -> Decision:
    return decide(scaling_spec(resource), Observation(time=0, replicas=1, ready=1), ScalingState())[0]
