"""What is kept of a failed test: logs, events and objects of the cluster."""

import os
import re
from pathlib import Path

from e2e.cluster.kube import CONTEXT, SCHOOL, SYSTEM
from e2e.commands import REPOSITORY, attempt

FOLDER = Path(os.environ.get("E2E_ARTIFACTS", REPOSITORY / "artifacts/e2e"))
_LOOKS = {
    "objects.yaml": ("get", "all,ingd,cm,pdb,netpol,events", "--output", "yaml"),
    "events.txt": ("get", "events", "--sort-by", ".lastTimestamp"),
    "pods.txt": ("describe", "pods"),
}


def gather(test: str) -> Path:
    """Write everything that tells why the test failed into a folder of its own, and give it."""
    folder = FOLDER / re.sub(r"[^\w.-]+", "-", test).strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    for namespace in (SCHOOL, SYSTEM):
        for file, arguments in _LOOKS.items():
            _write(folder / f"{namespace}-{file}", "--namespace", namespace, *arguments)
        for pod in _pods(namespace):
            tail = ("--tail", "2000", "--all-containers")
            _write(folder / f"{pod}.log", "--namespace", namespace, "logs", pod, *tail)
    return folder


def _pods(namespace: str) -> list[str]:
    listed = attempt("kubectl", "--context", CONTEXT, "--namespace", namespace, "get", "pods", "--output", "name")
    return [line.removeprefix("pod/") for line in listed.stdout.split()]


def _write(file: Path, *arguments: str) -> None:
    done = attempt("kubectl", "--context", CONTEXT, *arguments)
    file.write_text(done.stdout + done.stderr)
