"""Why a pod does not start or is not ready, in Kubernetes' own words: a pure reading of its status.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from ingestor_operator.manifests.manifest import Component, Manifest
from ingestor_operator.model.times import age, read_time

LONGEST: Final = 400
"""Characters of what others say, in one condition: a Kubernetes event takes 1,024 in all."""
_IMAGE: Final = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
     "RegistryUnavailable", "SignatureValidationFailed"}
)  # fmt: skip
_PULL_FAILS: Final = frozenset({"ErrImagePull", "ImagePullBackOff"})
"""They take turns, and each has the other's words in its own."""
_PULL_STEPS: Final = re.compile(
    r"""Back-off pulling image "[^"]*"(?:: )?|ErrImagePull: |rpc error: code = \w+ desc = |"""
    r"""[Ff]ailed to (?:pull and unpack|pull|resolve) (?:image|reference) "[^"]*": |Error response from daemon: """
)
"""What the kubelet and containerd say that they were doing, with the image's name each time."""
_STARTING: Final = frozenset({"ContainerCreating", "PodInitializing"})
"""What a container waits for that is going to start by itself."""
PAST_AFTER: Final = timedelta(minutes=10)
"""How long a container runs until its last end is of the past: the kubelet forgets its back-off then."""
HANGS_AFTER: Final = timedelta(seconds=60)
"""How long an init container runs until it is what the pod waits for."""


class Cause(IntEnum):
    """Why a pod is not ready, the worst first: what no waiting mends."""

    IMAGE = 0
    NOT_CREATED = 1
    CRASHES = 2
    NOT_SCHEDULED = 3
    NOT_STARTED = 4
    HANGS = 5
    """An init container has run for long: it may end by itself."""
    NOT_READY = 6
    ENDED = 7
    """Failed as a whole, such as evicted: another pod takes its place."""
    STARTING = 8
    """No word yet of what it waits for."""


@dataclass(frozen=True)
class Fault:
    """What keeps one pod from being ready; `words` are Kubernetes' own, one bounded line."""

    cause: Cause
    pod: str
    words: str
    container: str = ""

    def __str__(self) -> str:
        where = f"pod {self.pod}" + (f", container {self.container}" if self.container else "")
        return f"{where}: {self.words}"


def component_pods(pods: Iterable[Manifest], component: Component) -> list[Manifest]:
    """Pods of the component that are not about to go, the newest first.

    One that has failed as a whole, such as evicted, is left out once there is another of a Deployment's as new: nobody
    deletes it, and it has been replaced. Those of a Job stay: each is a try that tells what it failed of.
    """
    found = [
        pod
        for pod in pods
        if pod["metadata"].get("labels", {}).get("app.kubernetes.io/component") == component
        and "deletionTimestamp" not in pod["metadata"]
    ]
    if component != "migration":
        newest = max((_created(pod) for pod in found if not _has_failed(pod)), default="")
        found = [pod for pod in found if not (_has_failed(pod) and _created(pod) <= newest)]
    by_name = sorted(found, key=lambda pod: str(pod["metadata"]["name"]))
    return sorted(by_name, key=_created, reverse=True)


def _created(pod: Manifest) -> str:
    """Times of the API server sort as texts."""
    return str(pod["metadata"].get("creationTimestamp", ""))


def _has_failed(pod: Manifest) -> bool:
    return (pod.get("status") or {}).get("phase") == "Failed"


def is_ready(pod: Manifest) -> bool:
    """Whether Kubernetes counts it as ready."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def faults(pods: Iterable[Manifest], said: Mapping[str, str], now: datetime) -> list[Fault]:
    """What is wrong with each pod that is not ready, the worst first, else in the order of the pods.

    `said` has by uid what is told elsewhere of a pod: its newest Warning event where it does not start (a volume that
    cannot be mounted, a network that cannot be made), and what it says itself where it runs.
    """
    found = [fault for pod in pods if (fault := _fault(pod, said, now))]
    return sorted(found, key=lambda fault: fault.cause)


def worst(found: list[Fault]) -> str:
    """The first of the faults, and how many pods are not ready besides."""
    others = len(found) - 1
    more = f" ({others} more {'is' if others == 1 else 'are'} not ready)" if others else ""
    return f"{found[0]}{more}"


def one_line(text: object, longest: int = LONGEST) -> str:
    """The text on one bounded line, without a full stop at its end, to be part of a sentence."""
    return flat(text, longest).rstrip(". ")


def flat(text: object, longest: int) -> str:
    """The text on one bounded line."""
    # A little more than is shown is looked at, whatever the text's length.
    shown = "".join(character if character.isprintable() else " " for character in str(text)[: 4 * longest])
    line = " ".join(shown.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _fault(pod: Manifest, said: Mapping[str, str], now: datetime) -> Fault | None:
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    if status.get("phase") == "Succeeded" or is_ready(pod):
        return None
    conditions = {item["type"]: item for item in status.get("conditions") or []}
    told = min(_containers(pod, now), key=lambda fault: fault.cause, default=None)
    if status.get("phase") == "Failed":
        words = _sentence(status, "the pod has failed") if status.get("reason") or told is None else told.words
        return Fault(Cause.ENDED, name, words, told.container if told and words == told.words else "")
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        return Fault(Cause.NOT_SCHEDULED, name, _gated(pod) or _sentence(scheduled, "it is not scheduled"))
    if told:
        return told
    words = said.get(pod["metadata"].get("uid", ""), "")
    if status.get("phase") == "Running":
        told_of = one_line(words) if words else _sentence(conditions.get("Ready", {}), "it is not ready")
        return Fault(Cause.NOT_READY, name, told_of)
    return Fault(Cause.NOT_STARTED, name, one_line(words)) if words else Fault(Cause.STARTING, name, "it is starting")


def _gated(pod: Manifest) -> str:
    """Who keeps the scheduler from looking at the pod: Kubernetes does not say it in the condition."""
    gates = [str(gate.get("name")) for gate in (pod.get("spec") or {}).get("schedulingGates") or []]
    if not gates:
        return ""
    return one_line(f"it is not scheduled until whoever set its scheduling gates takes them away: {', '.join(gates)}")


def _containers(pod: Manifest, now: datetime) -> Iterator[Fault]:
    """What is wrong with its containers, in the order in which they start."""
    name, status = pod["metadata"]["name"], pod["status"]
    sidecars = {
        container["name"]
        for container in (pod.get("spec") or {}).get("initContainers") or []
        if container.get("restartPolicy") == "Always"
    }
    for container in status.get("initContainerStatuses") or []:
        is_over = bool(container.get("started")) and container["name"] in sidecars
        if found := _container(container, pod, now) or (None if is_over else _hanging(container, now)):
            yield Fault(found[0], name, found[1], container["name"])
    for container in status.get("containerStatuses") or []:
        if found := _container(container, pod, now):
            yield Fault(found[0], name, found[1], container["name"])


def _hanging(status: Mapping[str, Any], now: datetime) -> tuple[Cause, str] | None:
    """Of an init container that runs for long: Kubernetes does not say that it is why the pod does not start."""
    started = ((status.get("state") or {}).get("running") or {}).get("startedAt")
    since = read_time(started)
    if since is None or age(since, now) < HANGS_AFTER:
        return None
    return Cause.HANGS, f"this init container runs since {started}, and the pod's others wait for it"


def _container(status: Mapping[str, Any], pod: Manifest, now: datetime) -> tuple[Cause, str] | None:
    state = status.get("state") or {}
    waiting = state.get("waiting")
    reason = (waiting or {}).get("reason", "")
    ended = state.get("terminated") or _last_end(status, pod, now)
    if waiting and reason in _PULL_FAILS:
        return Cause.IMAGE, _not_pulled(str(status.get("image") or ""), str(waiting.get("message") or ""))
    if waiting and reason in _IMAGE:
        return Cause.IMAGE, _sentence(waiting, reason)
    if waiting and reason == "CrashLoopBackOff":
        return Cause.CRASHES, f"{reason}, {_exit(ended or {})}"
    if waiting and reason and reason not in _STARTING:
        return Cause.NOT_CREATED, _sentence(waiting, reason)
    if ended and ended.get("exitCode") and not status.get("ready"):
        return Cause.CRASHES, _exit(ended)
    return None


def _last_end(status: Mapping[str, Any], pod: Manifest, now: datetime) -> Mapping[str, Any] | None:
    """The container's last end, where it may be why the pod is not ready.

    A container that crashes waits, runs and has ended in turns: its last end tells the same in each. One that has been
    ready since it runs again, or has run for long, is not ready for another reason.
    """
    ended: Mapping[str, Any] | None = (status.get("lastState") or {}).get("terminated")
    running = (status.get("state") or {}).get("running")
    started = read_time((running or {}).get("startedAt"))
    if not ended or started is None:
        return ended
    conditions = pod["status"].get("conditions") or []
    turned = [read_time(item.get("lastTransitionTime")) for item in conditions if item["type"] == "Ready"]
    # Both are times of the kubelet's clock.
    was_ready = any(moment is not None and moment > started for moment in turned)
    return None if was_ready or age(started, now) >= PAST_AFTER else ended


def _not_pulled(image: str, message: str) -> str:
    """The image once, and why it is not there."""
    what = f"image {image} is not pulled" if image else "its image is not pulled"
    # A registry answers with the whole name: docker.io/library/postgres:0: not found.
    why = (
        re.sub(rf"^\S*{re.escape(image)}: ", "", _PULL_STEPS.sub("", message))
        if image
        else _PULL_STEPS.sub("", message)
    )
    return one_line(f"{what}: {why}" if why.strip() else f"{what}; Kubernetes waits before it tries again")


def _exit(terminated: Mapping[str, Any]) -> str:
    """How it ended, with the last line of its termination message: of its log, by the pod's policy."""
    code, reason = terminated.get("exitCode"), terminated.get("reason", "")
    said = "it has ended" if code is None else f"it ended with exit code {code}"
    if reason not in ("", "Error", "Completed"):
        said += f" ({reason})"
    lines = [line for line in str(terminated.get("message") or "").splitlines() if line.strip()]
    return f"{said}: {one_line(lines[-1])}" if lines else said


def _sentence(told: Mapping[str, Any], otherwise: str) -> str:
    """Reason and message as Kubernetes has them."""
    parts = [str(told[key]) for key in ("reason", "message") if told.get(key)]
    return one_line(": ".join(parts) or otherwise)
