"""Why a pod is not ready is told in Kubernetes' own words, the worst first, on one bounded line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.observe.pods import (
    HANGS_AFTER,
    LONGEST,
    PAST_AFTER,
    Cause,
    component_pods,
    faults,
    one_line,
    worst,
)

Pod = dict[str, Any]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EXITED = {"exitCode": 1, "reason": "Error", "message": "Traceback\n  File\nValueError: no such host\n"}
OUT_OF_MEMORY = {"exitCode": 137, "reason": "OOMKilled"}


def pod(name: str = "quiz-api-1", created: str = "2026-01-01T12:00:00Z", **status: Any) -> Pod:
    labels = {"app.kubernetes.io/component": "api"}
    metadata = {"name": name, "uid": f"uid-{name}", "labels": labels, "creationTimestamp": created}
    return {"metadata": metadata, "status": {"phase": "Pending", **status}}


def container(name: str = "api", **status: Any) -> list[dict[str, Any]]:
    return [{"name": name, "ready": False, **status}]


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason, "message": message} if message else {"reason": reason}}}


def not_ready(**more: str) -> list[dict[str, str]]:
    return [{"type": "Ready", "status": "False", **more}]


@pytest.mark.parametrize(
    ("status", "cause", "words"),
    [
        (
            {"containerStatuses": container(**waiting("ErrImagePull", 'failed to pull "nope:1": not found'))},
            Cause.IMAGE,
            'pod quiz-api-1, container api: its image is not pulled: failed to pull "nope:1": not found',
        ),
        (
            {"containerStatuses": container(**waiting("InvalidImageName", 'couldn\'t parse image "A B"'))},
            Cause.IMAGE,
            'pod quiz-api-1, container api: InvalidImageName: couldn\'t parse image "A B"',
        ),
        (
            {"containerStatuses": container(**waiting("CreateContainerConfigError", 'secret "kafka-login" not found'))},
            Cause.NOT_CREATED,
            'pod quiz-api-1, container api: CreateContainerConfigError: secret "kafka-login" not found',
        ),
        (
            {"initContainerStatuses": container("wait", **waiting("ImagePullBackOff", "Back-off"))},
            Cause.IMAGE,
            "pod quiz-api-1, container wait: its image is not pulled: Back-off",
        ),
        (
            {
                "containerStatuses": container(
                    **waiting("CrashLoopBackOff", "back-off 10s"), lastState={"terminated": EXITED}
                )
            },
            Cause.CRASHES,
            "pod quiz-api-1, container api: CrashLoopBackOff, it ended with exit code 1: ValueError: no such host",
        ),
        (
            {"containerStatuses": container(state={"terminated": EXITED})},
            Cause.CRASHES,
            "pod quiz-api-1, container api: it ended with exit code 1: ValueError: no such host",
        ),
        # It runs once more, and what it died of has not changed.
        (
            {"phase": "Running", "containerStatuses": container(lastState={"terminated": OUT_OF_MEMORY})},
            Cause.CRASHES,
            "pod quiz-api-1, container api: it ended with exit code 137 (OOMKilled)",
        ),
        (
            {
                "conditions": [
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "0/1 nodes are available: 1 Insufficient cpu.",
                    }
                ]
            },
            Cause.NOT_SCHEDULED,
            "pod quiz-api-1: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu",
        ),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."},
            Cause.ENDED,
            "pod quiz-api-1: Evicted: The node was low on resource: memory",
        ),
        (
            {"phase": "Failed", "containerStatuses": container("migrate", state={"terminated": EXITED})},
            Cause.ENDED,
            "pod quiz-api-1, container migrate: it ended with exit code 1: ValueError: no such host",
        ),
        (
            {
                "phase": "Running",
                "conditions": not_ready(reason="ContainersNotReady", message="containers with unready status: [api]"),
                "containerStatuses": container(state={"running": {}}),
            },
            Cause.NOT_READY,
            "pod quiz-api-1: ContainersNotReady: containers with unready status: [api]",
        ),
        (
            {"containerStatuses": container(**waiting("ContainerCreating"))},
            Cause.STARTING,
            "pod quiz-api-1: it is starting",
        ),
        ({}, Cause.STARTING, "pod quiz-api-1: it is starting"),
    ],
)
def test_a_pod_that_is_not_ready_says_why(status: dict[str, Any], cause: Cause, words: str) -> None:
    (found,) = faults([pod(**status)], {}, NOON)
    assert (found.cause, str(found)) == (cause, words)


PULL = 'failed to pull and unpack image "docker.io/{0}": failed to resolve reference "docker.io/{0}": '


@given(
    image=st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9})?:[a-z0-9.]{1,9}", fullmatch=True),
    why=st.sampled_from(["docker.io/{0}: not found", "dial tcp: lookup docker.io: no such host", "403 Forbidden"]),
    reason=st.sampled_from(["ErrImagePull", "ImagePullBackOff"]),
)
def test_an_image_that_is_not_pulled_is_named_once_and_always_in_the_same_words(
    image: str, why: str, reason: str
) -> None:
    pulling = f"rpc error: code = NotFound desc = {PULL}{why}".format(image)
    if reason == "ImagePullBackOff":
        pulling = f'Back-off pulling image "{image}": ErrImagePull: {pulling}'
    (found,) = faults([pod(containerStatuses=container(**waiting(reason, pulling), image=image))], {}, NOON)
    assert found.words == f"image {image} is not pulled: {why.removeprefix('docker.io/{0}: ')}"


def test_an_image_of_which_kubernetes_only_says_that_it_waits_is_named_too() -> None:
    status = container(**waiting("ImagePullBackOff", 'Back-off pulling image "nope:1"'), image="nope:1")
    (found,) = faults([pod(containerStatuses=status)], {}, NOON)
    assert found.words == "image nope:1 is not pulled; Kubernetes waits before it tries again"


@pytest.mark.parametrize(
    "status",
    [
        {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        {"phase": "Succeeded", "containerStatuses": container(state={"terminated": {"exitCode": 0}})},
    ],
)
def test_a_pod_that_is_ready_or_done_has_no_fault(status: dict[str, Any]) -> None:
    assert faults([pod(**status)], {}, NOON) == []


def test_what_only_an_event_tells_is_told_of_a_pod_that_does_not_start() -> None:
    creating = pod(containerStatuses=container(**waiting("ContainerCreating")))
    (found,) = faults([creating], {"uid-quiz-api-1": 'FailedMount: configmap "quiz-config" not found'}, NOON)
    assert (found.cause, found.words) == (Cause.NOT_STARTED, 'FailedMount: configmap "quiz-config" not found')


def test_a_pod_that_runs_tells_itself_why_it_is_not_ready() -> None:
    waits = "partition 0 waits for database: ConnectionRefusedError"
    (found,) = faults(
        [pod(phase="Running", conditions=not_ready(reason="ContainersNotReady"))], {"uid-quiz-api-1": waits}, NOON
    )
    assert (found.cause, found.words) == (Cause.NOT_READY, waits)


def test_of_many_pods_the_worst_is_named_and_the_others_are_counted() -> None:
    image = container(**waiting("ErrImagePull", "not found"))
    pods = [pod("a"), pod("b", containerStatuses=image), pod("c", phase="Running")]
    assert (
        worst(faults(pods, {}, NOON))
        == "pod b, container api: its image is not pulled: not found (2 more are not ready)"
    )
    assert (
        worst(faults(pods[:2], {}, NOON))
        == "pod b, container api: its image is not pulled: not found (1 more is not ready)"
    )


def test_the_newest_pods_come_first_and_those_that_go_are_left_out() -> None:
    going = pod("going")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T12:00:00Z"
    old, new = pod("old", "2026-01-01T11:00:00Z"), pod("new")
    assert [found["metadata"]["name"] for found in component_pods([old, going, new], "api")] == ["new", "old"]
    assert component_pods([old], "consumer") == []


@given(st.text(), st.integers(2, 50))
def test_whatever_is_said_becomes_one_bounded_line(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert len(line) <= longest
    assert line.isprintable()


@given(st.text(min_size=LONGEST), st.text(min_size=LONGEST), st.text())
def test_what_a_container_logs_cannot_make_a_condition_long(message: str, log: str, reason: str) -> None:
    ended = {"terminated": {"exitCode": 1, "message": log, "reason": "Error"}}
    for state in (waiting(reason or "X", message), {"state": ended}, {"lastState": ended}):
        (found,) = faults([pod(containerStatuses=container(**state))], {}, NOON)
        assert len(str(found)) < 2 * LONGEST
        assert str(found).isprintable()


def stamp(seconds: float) -> str:
    """A time so long before noon."""
    return (NOON - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@given(
    runs=st.integers(0, 3 * 86_400),
    turned=st.none() | st.integers(0, 3 * 86_400),
    ahead=st.sampled_from([0, 400, -400, 86_400]),
)
def test_an_end_is_the_cause_only_while_the_container_has_not_been_ready_or_run_for_long_since(
    runs: int, turned: int | None, ahead: int
) -> None:
    moments = {} if turned is None else {"lastTransitionTime": stamp(turned - ahead)}
    conditions = not_ready(reason="ContainersNotReady", **moments)
    state = {"running": {"startedAt": stamp(runs - ahead)}}
    status = container(state=state, lastState={"terminated": EXITED})
    (found,) = faults([pod(phase="Running", conditions=conditions, containerStatuses=status)], {}, NOON)
    was_ready = turned is not None and turned < runs
    is_recent = abs(runs - ahead) < PAST_AFTER.seconds
    assert found.cause is (Cause.CRASHES if is_recent and not was_ready else Cause.NOT_READY)


@given(runs=st.integers(0, 3 * 86_400))
def test_a_container_that_waits_to_run_again_tells_its_end_however_long_it_was_ready(runs: int) -> None:
    conditions = not_ready(lastTransitionTime=stamp(runs))
    status = container(**waiting("CrashLoopBackOff"), lastState={"terminated": EXITED})
    (found,) = faults([pod(phase="Running", conditions=conditions, containerStatuses=status)], {}, NOON)
    assert found.cause is Cause.CRASHES


@given(runs=st.integers(0, 600), sidecar=st.booleans(), started=st.booleans())
def test_an_init_container_that_runs_for_long_is_what_the_pod_waits_for(
    runs: int, sidecar: bool, started: bool
) -> None:
    running = {"running": {"startedAt": stamp(runs)}}
    body = pod(
        initContainerStatuses=container("vault", started=started, state=running),
        containerStatuses=container(**waiting("PodInitializing")),
    )
    body["spec"] = {"initContainers": [{"name": "vault"} | ({"restartPolicy": "Always"} if sidecar else {})]}
    (found,) = faults([body], {}, NOON)
    hangs = runs >= HANGS_AFTER.seconds and not (sidecar and started)
    assert found.cause is (Cause.HANGS if hangs else Cause.STARTING)
    if hangs:
        words = f"this init container runs since {stamp(runs)}, and the pod's others wait for it"
        assert str(found) == f"pod quiz-api-1, container vault: {words}"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=6))
def test_a_pod_that_has_ended_counts_only_until_there_is_a_newer_one(pods: list[tuple[bool, int]]) -> None:
    bodies = [
        pod(str(number), stamp(-minute * 60), phase="Failed" if failed else "Pending")
        for number, (failed, minute) in enumerate(pods)
    ]
    living = [minute for failed, minute in pods if not failed]
    expected = {
        str(number) for number, (failed, minute) in enumerate(pods) if not failed or minute > max(living, default=-1)
    }
    assert {found.pod for found in faults(component_pods(bodies, "api"), {}, NOON)} == expected


def test_each_try_of_a_job_is_kept() -> None:
    failed, running = pod("a", phase="Failed"), pod("b", stamp(-60), phase="Running")
    for body in (failed, running):
        body["metadata"]["labels"]["app.kubernetes.io/component"] = "migration"
    assert len(component_pods([failed, running], "migration")) == 2
