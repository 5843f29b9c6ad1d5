"""What is kept of a failed test: logs, events and objects of the cluster."""

from pathlib import Path

from e2e.artifacts import folder_of
from e2e.cluster.kube import CONTEXT, SCHOOL, SYSTEM
from e2e.commands import attempt

# Each kind by itself: where one is not known, as after the CRD is gone, kubectl gives nothing of the others.
_KINDS = ("all", "ingestordeployments", "configmaps", "poddisruptionbudgets", "networkpolicies", "events")
_LOOKS = {
    **{f"{kind}.yaml": ("get", kind, "--output", "yaml") for kind in _KINDS},
    "events.txt": ("get", "events", "--sort-by", ".lastTimestamp"),
    "pods.txt": ("describe", "pods"),
}


def gather(test: str) -> Path:
    """Write everything that tells why the test failed into a folder of its own, and give it."""
    folder = folder_of(test)
    for namespace in (SCHOOL, SYSTEM):
        for file, arguments in _LOOKS.items():
            _write(folder / f"{namespace}-{file}", "--namespace", namespace, *arguments)
        for pod in _pods(namespace):
            logs = ("--namespace", namespace, "logs", pod, "--tail", "2000", "--all-containers")
            _write(folder / f"{pod}.log", *logs)
            if _restarted(namespace, pod):
                _write(folder / f"{pod}-before.log", *logs, "--previous")
    return folder


def _pods(namespace: str) -> list[str]:
    listed = attempt("kubectl", "--context", CONTEXT, "--namespace", namespace, "get", "pods", "--output", "name")
    return [line.removeprefix("pod/") for line in listed.stdout.split()]


def _restarted(namespace: str, pod: str) -> bool:
    counts = "{.status.containerStatuses[*].restartCount}"
    arguments = ("--namespace", namespace, "get", "pod", pod, "--output", f"jsonpath={counts}")
    return any(count != "0" for count in attempt("kubectl", "--context", CONTEXT, *arguments).stdout.split())


def _write(file: Path, *arguments: str) -> None:
    done = attempt("kubectl", "--context", CONTEXT, *arguments)
    file.write_text(done.stdout + done.stderr)
