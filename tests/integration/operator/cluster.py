"""Namespaces with an account for the operator, bound to the Role files that are shipped."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import yaml
from integration.operator.envtest import ApiServer
from integration.operator.kube import REPOSITORY, Body, Kube, eventually

ACCOUNT = "ingestor-operator"
_RBAC = REPOSITORY / "k8s/rbac"
_SECRETS = {
    "ingestor-database": {"url": "postgresql://db/quiz"},
    "ingestor-auth": {"jwt-secret": "s" * 48},
}
"""Those that the samples name."""


@dataclass(frozen=True)
class Tenant:
    """A namespace, the administrator's hands in it, and the operator's account there."""

    name: str
    server: ApiServer
    folder: Path
    kube: Kube
    admin: Path
    """The administrator's kubeconfig."""
    kubeconfig: Path
    """The operator's."""

    @property
    def user(self) -> str:
        """The operator's name in the audit log."""
        return f"system:serviceaccount:{self.name}:{ACCOUNT}"

    def kubectl(self, *arguments: str) -> str:
        """What kubectl prints, as the administrator. Raises AssertionError with its words where it fails."""
        return kubectl(self.server, self.admin, "--namespace", self.name, *arguments)

    def await_looks(self, instance: str, count: int, after: Callable[[], object] = lambda: None) -> None:
        """Wait until the operator has looked at the IngestorDeployment so often again, after something was done.

        The rounds of one resource follow each other: whatever an earlier one did is done by then.
        """
        after()
        before = self.server.looks(self.user, instance)
        eventually(lambda: self.server.looks(self.user, instance) >= before + count)

    def operator_kubeconfig(self, url: str | None = None) -> Path:
        """Another kubeconfig of the operator's account, perhaps by another way to the API server."""
        token = self.kubectl("create", "token", ACCOUNT, "--duration=1h").strip()
        return self.server.kubeconfig(self.folder, token, self.name, url)


def kubectl(server: ApiServer, kubeconfig: Path, *arguments: str) -> str:
    """What kubectl prints. Raises AssertionError with its words where it fails."""
    options = ("--kubeconfig", str(kubeconfig), "--cache-dir", str(server.kubectl_cache))
    command = [str(server.kubectl), *options, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def install_crd(server: ApiServer, folder: Path) -> None:
    """Install the CRD and wait until it is served."""
    admin = server.kubeconfig(folder, server.token)
    kubectl(server, admin, "apply", "--server-side", "-f", str(REPOSITORY / "k8s/crd"))
    wait = ("wait", "--for=condition=Established", "crd/ingestordeployments.ingestor.dev")
    # kubectl takes a CRD that has no conditions yet for an error.
    eventually(lambda: kubectl(server, admin, *wait))
    # What kubectl keeps of the server's kinds is from before.
    shutil.rmtree(server.kubectl_cache, ignore_errors=True)


@contextmanager
def tenant(server: ApiServer, folder: Path, role: str = "role") -> Iterator[Tenant]:
    """A namespace with the samples' Secrets, and the operator's account bound to the role of that file."""
    name = f"school-{uuid4().hex[:8]}"
    admin = server.kubeconfig(folder, server.token, name)
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump_all(_objects(name, role)))
    kubectl(server, admin, "apply", "--server-side", "-f", str(path))
    token = kubectl(server, admin, "--namespace", name, "create", "token", ACCOUNT, "--duration=1h").strip()
    kube = Kube(admin, name)
    try:
        yield Tenant(name, server, folder, kube, admin, server.kubeconfig(folder, token, name))
    finally:
        kube.close()


def _objects(namespace: str, role: str) -> Iterator[Body]:
    where = {"namespace": namespace}
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": where | {"name": ACCOUNT}}
    for file in (role, "leader-role"):
        rights: Body = yaml.safe_load((_RBAC / f"{file}.yaml").read_text())
        everywhere = rights["kind"] == "ClusterRole"
        yield rights | {"metadata": rights["metadata"] | ({} if everywhere else where)}
        metadata = {"name": f"{rights['metadata']['name']}-{namespace}"} | ({} if everywhere else where)
        yield {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": f"{rights['kind']}Binding",
            "metadata": metadata,
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": rights["kind"],
                "name": rights["metadata"]["name"],
            },
            "subjects": [where | {"kind": "ServiceAccount", "name": ACCOUNT}],
        }
    for secret, data in _SECRETS.items():
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": where | {"name": secret}, "stringData": data}
