"""How many consumers the installation has, and pinning their number."""

import json

from e2e.cluster.installation import NAME
from e2e.cluster.kube import listed, school
from e2e.waiting import eventually


def patch(spec: object) -> None:
    """Merge into the spec of the installation."""
    school("patch", "ingd", NAME, "--type", "merge", "--patch", json.dumps({"spec": spec}))


def pin(replicas: int) -> None:
    """Turn autoscaling off; return once so many consumers run."""
    patch({"consumer": {"replicas": {"pinned": replicas}}})
    eventually(lambda: running() == replicas, 60, f"{replicas} consumers run")


def unpin() -> None:
    """Turn autoscaling on again."""
    patch({"consumer": {"replicas": {"pinned": None}}})


def running() -> int:
    """Consumer pods there are, stopping ones too."""
    return len(listed("pods", f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component=consumer"))
