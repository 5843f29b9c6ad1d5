"""What the operator is started with."""

import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from ingestor_operator.manifests.manifest import Release

VERSION = version("ingestor-operator")
_POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True)
class Options:
    """Options of `ingestor-operator run`."""

    namespace: str | None
    """The one namespace to serve; None: all."""
    leader_elect: bool
    lease_namespace: str
    lease_name: str
    metrics_port: int
    release: Release
    watch_timeout: timedelta
    """How long the watch may be behind before /healthz fails."""
    deletion_patience: timedelta
    """How long the deletion of a topic is tried before it is kept."""

    @property
    def scope(self) -> str:
        """The namespace to list, as lightkube has it."""
        return self.namespace or "*"

    @property
    def identity(self) -> str:
        """Who holds the Lease: the pod, told apart from its own restarts."""
        return f"{socket.gethostname()}_{os.getpid()}"


def own_namespace() -> str:
    """The namespace of the operator's pod; "default" outside of a cluster."""
    return _POD_NAMESPACE.read_text().strip() if _POD_NAMESPACE.exists() else "default"
